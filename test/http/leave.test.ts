import { describe, expect, it } from 'vitest';
import { fixture, json, problemOf } from './fixture.ts';

describe('POST /leave', () => {
  it('leaves with a reason and a time of return', async () => {
    const { app, records } = fixture();
    const body = { reason: 'kernel upgrade', returnsAt: '2026-02-01T00:00:00Z' };
    const answer = await app.request('/leave', json(body));
    expect(answer.status).toBe(202);
    expect(await answer.json()).toEqual({
      ...{ answeredBy: 'n1', cluster: 'test', at: '2026-01-31T12:00:00.000Z' },
      leaving: true,
      reason: 'kernel upgrade',
      returnsAt: '2026-02-01T00:00:00.000Z',
    });
    expect(records.leaves).toEqual([
      { reason: 'kernel upgrade', returnsAtWall: Date.UTC(2026, 1, 1) },
    ]);
  });

  it('leaves without either', async () => {
    const { app, records } = fixture();
    expect((await app.request('/leave', json({}))).status).toBe(202);
    expect(records.leaves).toEqual([{ reason: '' }]);
  });

  it.each([
    [{ returnsAt: 'tomorrow' }, '`returnsAt` must be a time (2026'],
    [{ returnsAt: -5 }, '`returnsAt` must be seconds (10 digits) or ms'],
    [{ reason: 7 }, '`reason` must be text'],
    [{ reason: 'r'.repeat(201) }, '`reason` has 200 characters at most'],
    [{ reason: 'to \u202egpj' }, '`reason` must not hold control characters'],
    [{ reason: '\udfff' }, '`reason` must not hold control characters'],
    [{ because: 'x' }, '`because` is unknown; known here: reason, returnsAt'],
  ])('refuses %j and stays', async (body, sentence) => {
    const { app, records } = fixture();
    const problem = await problemOf(await app.request('/leave', json(body)));
    expect(problem.status).toBe(400);
    expect(problem.detail).toContain(sentence);
    expect(records.leaves).toEqual([]);
  });
});
