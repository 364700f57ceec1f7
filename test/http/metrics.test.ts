import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Refusal } from '../../node/app.ts';
import type { MetricDefinition } from '../../node/core/model.ts';
import type { PublishAnswer } from '../../node/http/answers/shapes.ts';
import { fixture, json, member, problemOf, reading } from './fixture.ts';

const QUEUE: MetricDefinition = {
  name: 'queue_length',
  unit: 'jobs',
  kind: 'gauge',
  description: 'Jobs waiting',
  priority: 12,
  delta: { kind: 'absolute', change: 10 },
  resolution: 0.1,
};

const accepted = async (answer: Response): Promise<PublishAnswer> => {
  expect(answer.status).toBe(202);
  return (await answer.json()) as PublishAnswer;
};

describe('POST /metrics', () => {
  it('defines and publishes a metric, and answers it as accepted', async () => {
    const { app, records } = fixture();
    const { name, unit, description, priority } = QUEUE;
    const body = { name, value: 17.04, unit, description, priority, delta: 10 };
    expect(await accepted(await app.request('/metrics', json(body)))).toEqual({
      ...{ answeredBy: 'n1', cluster: 'test', at: '2026-01-31T12:00:00.000Z' },
      metrics: [{ ...body, value: 17, kind: 'gauge', resolution: 0.1 }],
    });
    expect(records.defined).toEqual([QUEUE]);
    expect(records.published).toEqual([{ metric: 'queue_length', value: 17.04 }]);
  });

  it('fills in the defaults of a new metric', async () => {
    const { app } = fixture();
    const answer = await accepted(await app.request('/metrics', json({ name: 'x', value: -2.5 })));
    expect(answer.metrics).toEqual([
      {
        name: 'x',
        value: -2.5,
        unit: '',
        kind: 'gauge',
        description: '',
        priority: 1,
        delta: '5%',
        resolution: 0.001,
      },
    ]);
  });

  it('keeps what was said before and is not said again', async () => {
    const { app, records } = fixture({}, [member('n1', { metrics: [reading(QUEUE, 3)] })]);
    await accepted(await app.request('/metrics', json({ name: 'queue_length', value: 4 })));
    expect(records.defined).toEqual([QUEUE]);
  });

  it('reads a delta in percent as relative, with one unit as its floor', async () => {
    const { app, records } = fixture();
    const body = { name: 'latency', value: 0.2, unit: 's', delta: '15%' };
    expect((await accepted(await app.request('/metrics', json(body)))).metrics[0]?.delta).toBe(
      '15%',
    );
    expect(records.defined[0]?.delta).toEqual({ kind: 'relative', ratio: 0.15, floor: 0.15 });
  });

  it('keeps the resolution far below the delta, and counts whole', async () => {
    await fc.assert(
      fc.asyncProperty(fc.double({ min: 1e-9, max: 1e9, noNaN: true }), async (delta) => {
        const { app, records } = fixture();
        await accepted(await app.request('/metrics', json({ name: 'x', value: 0, delta })));
        const resolution = records.defined[0]?.resolution ?? 0;
        expect(resolution).toBeGreaterThan(0);
        expect(resolution).toBeLessThanOrEqual(Math.min(1, (delta / 50) * 1.000001));
      }),
      { numRuns: 50 },
    );
  });

  it('is told when to ask again where there is no room for another name', async () => {
    const refusal: Refusal<429> = {
      ...{ status: 429, code: 'too_many_metrics', title: 'Too many metrics' },
      ...{ detail: 'There is no room.', retryAfterSeconds: 1_800 },
    };
    const { app, records } = fixture({
      userMetrics: { ...fixture().deps.userMetrics, define: () => refusal },
    });
    const answer = await app.request('/metrics', json({ name: 'x', value: 1 }));
    expect(answer.headers.get('Retry-After')).toBe('1800');
    expect(await problemOf(answer)).toMatchObject({ status: 429, code: 'too_many_metrics' });
    expect(records.published).toEqual([]);
  });

  it('takes up to 100 metrics at once', async () => {
    const { app, records } = fixture();
    const many = Array.from({ length: 100 }, (_, i) => ({ name: `m${i}`, value: i }));
    const answer = await accepted(await app.request('/metrics', json(many)));
    expect(answer.metrics.map(({ name }) => name)).toEqual(many.map(({ name }) => name));
    expect(records.published).toHaveLength(100);
    const more = [...many, { name: 'one_more', value: 1 }];
    const problem = await problemOf(await app.request('/metrics', json(more)));
    expect(problem.detail).toContain('100 metrics at most');
  });

  const valid = { name: 'x', value: 1 };
  it.each([
    [{ value: 1 }, '`name` is required'],
    [{ name: 'x' }, '`value`'],
    [{ ...valid, name: '1st' }, '`name` must start with a letter'],
    [{ ...valid, name: 'a'.repeat(65) }, '`name` must start with a letter'],
    [{ ...valid, name: 'a b' }, '`name` must start with a letter'],
    [{ ...valid, value: '12' }, '`value` must be a number, not "12"'],
    [{ ...valid, value: null }, '`value` must be a number, not null'],
    ['{"name":"x","value":1e999}', '`value` must be finite'],
    [{ ...valid, priority: 0 }, '`priority` must be 1 (least) to 255 (most)'],
    [{ ...valid, priority: 256 }, '`priority` must be 1 (least) to 255 (most)'],
    [{ ...valid, priority: 1.5 }, '`priority` must be a whole number'],
    [{ ...valid, delta: -1 }, '`delta` must be above 0'],
    [{ ...valid, delta: 0 }, '`delta` must be above 0'],
    [{ ...valid, delta: '15' }, '`delta` must be above 0'],
    [{ ...valid, delta: '0%' }, '`delta` must be above 0'],
    [{ ...valid, unit: 5 }, '`unit` must be text'],
    [{ ...valid, unit: 'u'.repeat(17) }, '`unit` has 16 characters at most'],
    [{ ...valid, unit: 'a\u200b' }, '`unit` must not hold control characters or invisible ones'],
    [{ ...valid, description: '\ud800' }, '`description` must not hold control characters'],
    [{ ...valid, description: 'a\u2028b' }, '`description` must not hold control characters'],
    [{ ...valid, prio: 5 }, '`prio` is unknown; known here: name, labels, value, unit'],
    [{ ...valid, value: 1e15, delta: 0.01 }, 'x has the value 1000000000000000, too large'],
    [[valid, { name: 'y', value: 'n' }], '`1.value` must be a number'],
    [[valid, valid], 'must name each metric once'],
    [[], 'must hold one metric at least'],
    ['"text"', 'must be an object'],
    ['{"name":', 'Malformed JSON'],
  ])('refuses %j in a sentence and publishes nothing', async (body, sentence) => {
    const { app, records } = fixture();
    const problem = await problemOf(await app.request('/metrics', json(body)));
    expect(problem.status).toBe(400);
    expect(problem.detail).toContain(sentence);
    expect([records.defined, records.published]).toEqual([[], []]);
  });

  it('does not let a standard metric be redefined', async () => {
    const { app, records } = fixture();
    const problem = await problemOf(
      await app.request('/metrics', json([valid, { name: 'cpu', value: 1 }])),
    );
    expect(problem).toMatchObject({ status: 409, code: 'standard_metric' });
    expect(records.published).toEqual([]);
  });

  const refusal: Refusal<409> = { status: 409, code: 'full', title: 'Full', detail: 'No room.' };

  it('passes on what the node refuses to define, and publishes nothing then', async () => {
    const { app, records } = fixture({
      userMetrics: { ...fixture().deps.userMetrics, define: () => refusal },
    });
    const problem = await problemOf(await app.request('/metrics', json(valid)));
    expect(problem).toMatchObject({ status: 409, code: 'full', detail: 'No room.' });
    expect(records.published).toEqual([]);
  });

  it('passes on what the node refuses to publish', async () => {
    const { app } = fixture({ publish: () => [refusal] });
    expect((await problemOf(await app.request('/metrics', json(valid)))).code).toBe('full');
  });

  it('caps the body', async () => {
    const { app } = fixture();
    const problem = await problemOf(
      await app.request('/metrics', json({ ...valid, description: 'd'.repeat(5_000) })),
    );
    expect(problem.status).toBe(413);
  });
});
