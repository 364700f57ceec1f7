import { describe, expect, it } from 'vitest';
import type { ProbeRun, StoreHealth } from '../../node/ports.ts';
import { fixture, member, problemOf, storeOf } from './fixture.ts';

const store = (health: Partial<StoreHealth>) => {
  const counts = { queuedRows: 0, writtenRows: 0, droppedRows: 0, databaseBytes: 0 };
  return storeOf([], { health: () => ({ state: 'ok', ...counts, ...health }) });
};

describe('GET /livez', () => {
  it('answers while the process serves at all', async () => {
    expect((await fixture({}, []).app.request('/livez')).status).toBe(200);
  });
});

describe('GET /readyz', () => {
  it('answers the checks and what gossip does', async () => {
    const { app, deps } = fixture();
    const answer = await app.request('/readyz');
    expect(answer.status).toBe(200);
    const fine = { status: 'ok', problems: [] };
    expect(await answer.json()).toEqual({
      ...{ answeredBy: 'n1', cluster: 'test', at: '2026-01-31T12:00:00.000Z' },
      ready: true,
      checks: { gossip: fine, peers: fine, storage: fine, probes: fine },
      gossip: deps.stats(),
      storage: {
        ...{ state: 'ok', queuedRows: 0, spooledRows: 0, oldestWaitingMs: 0 },
        ...{ writtenRows: 0, droppedRows: 0, databaseBytes: 0 },
      },
      metrics: { told: 7, most: 255, refusedPosts: 0 },
    });
  });

  it('counts what listens, and what of it failed or was too slow', async () => {
    const listeners = { subscribed: 2, dropped: 1, skippedEvents: 83 };
    const { app } = fixture({ listeners: () => listeners });
    expect(await (await app.request('/readyz')).json()).toMatchObject({ listeners });
  });

  it('tells how much waits to be stored, and for how long', async () => {
    const waiting = { queuedRows: 7, spooledRows: 5, oldestWaitingMs: 1234.5, droppedRows: 2 };
    const answer = await fixture({ store: store(waiting) }).app.request('/readyz');
    expect(await answer.json()).toMatchObject({ storage: { ...waiting, oldestWaitingMs: 1235 } });
  });

  it('is ready when every peer is dead', async () => {
    const { app } = fixture({}, [member('n1'), member('n2', { status: 'dead' })]);
    expect((await app.request('/readyz')).status).toBe(200);
  });

  it('is ready, but degraded, without a disk or a probe', async () => {
    const failed: ProbeRun = {
      probe: 'memory',
      outcome: 'failed',
      durationMs: 1,
      problem: '/proc/meminfo cannot be read.',
    };
    const noData: ProbeRun = { probe: 'swap', outcome: 'no_data', durationMs: 1 };
    const remarks = ['/data cannot be asked (EACCES).'];
    const partly: ProbeRun = { probe: 'storage', outcome: 'ok', durationMs: 1, remarks };
    const { app } = fixture({
      store: store({ state: 'degraded', problem: 'The disk is full; free some space.' }),
      probes: () => [failed, noData, partly],
    });
    const answer = await app.request('/readyz');
    expect(answer.status).toBe(200);
    expect(await answer.json()).toMatchObject({
      checks: {
        storage: { status: 'degraded', problems: ['The disk is full; free some space.'] },
        probes: {
          status: 'degraded',
          problems: [
            'Probe memory failed: /proc/meminfo cannot be read.',
            'Probe storage: /data cannot be asked (EACCES).',
          ],
        },
      },
    });
  });

  it('tells what keeps it from working with others, and is ready all the same', async () => {
    const off = 'The clock of 10.0.0.7 is 3 h behind; set it.';
    const answer = await fixture({ peerProblems: () => [off] }).app.request('/readyz');
    expect(answer.status).toBe(200);
    expect(await answer.json()).toMatchObject({
      ready: true,
      checks: { peers: { status: 'degraded', problems: [off] } },
    });
  });

  it('takes a store that is switched off for a choice', async () => {
    const answer = await fixture({ store: store({ state: 'off' }) }).app.request('/readyz');
    expect(await answer.json()).toMatchObject({ checks: { storage: { status: 'ok' } } });
  });

  it.each([
    ['before it started', [], {}, 'not started'],
    ['when it leaves', [member('n1', { status: 'left' })], {}, 'leaving'],
    ['when the loop is stuck', [member('n1')], { sinceRoundMs: 10_001 }, 'for 10 s'],
  ])('is not ready %s', async (_, nodes, stats, sentence) => {
    const { deps } = fixture();
    const { app } = fixture({ stats: () => ({ ...deps.stats(), ...stats }) }, nodes);
    const problem = await problemOf(await app.request('/readyz'));
    expect(problem).toMatchObject({ status: 503, code: 'not_ready', ready: false });
    expect(problem.detail).toContain(sentence);
  });

  it('does not take a long round for a stuck loop', async () => {
    const { deps } = fixture();
    const slow = { ...deps.stats(), roundMs: 60_000, sinceRoundMs: 59_000 };
    expect((await fixture({ stats: () => slow }).app.request('/readyz')).status).toBe(200);
  });
});
