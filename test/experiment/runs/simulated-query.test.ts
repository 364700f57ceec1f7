// Queries in virtual time, beside cases that are worked out by hand.

import { describe, expect, it } from 'vitest';
import type { Question, Reply, Stage } from '../../../node/experiment/runs/stage.ts';
import { simulatedCluster } from './support.ts';

/** A second is what nodes wait for a peer. */
const TIMEOUT_MS = 1_000;
const DELAY = { delay: '10ms..10ms' };

async function ask(stage: Stage, question: Partial<Question> = {}): Promise<Reply> {
  const asked = { coordinator: 0, target: 1, metric: 0, quorum: 3, tries: 1, ...question };
  const reply = stage.ask(asked);
  await stage.until(stage.now() + 30_000);
  return reply;
}

describe('a quorum query in virtual time', () => {
  it('costs nothing when the coordinator alone is enough', async () => {
    const stage = await simulatedCluster({ nodes: '3', ...DELAY });
    expect(await ask(stage, { quorum: 1 })).toMatchObject({ failure: '', messages: 0, timeMs: 0 });
  });

  it('goes there and back once to all at the same time', async () => {
    const stage = await simulatedCluster({ nodes: '3', ...DELAY });
    const reply = await ask(stage);
    expect(reply).toMatchObject({ failure: '', tries: 1, messages: 4, timeMs: 20 });
    expect(reply.version).toBeGreaterThan(0);
  });

  it.each(['crash', 'vanish'] as const)(
    'answers about a node that is gone by %s, as its peers have it',
    async (how) => {
      const stage = await simulatedCluster({ nodes: '4', ...DELAY });
      await stage.kill([1], how);
      await stage.until(stage.now() + 30_000);
      const reply = await ask(stage);
      expect(reply).toMatchObject({ failure: '', messages: 4, timeMs: 20 });
      expect(reply.statedStalenessMs).toBeGreaterThan(29_000);
    },
  );

  it('waits its second for a silent machine, and not for a process that ended', async () => {
    const replies = await Promise.all(
      (['vanish', 'crash'] as const).map(async (how) => {
        const stage = await simulatedCluster({ nodes: '3', ...DELAY });
        await stage.kill([2], how);
        return ask(stage);
      }),
    );
    expect(replies[0]).toMatchObject({ failure: 'unreachable', timeMs: TIMEOUT_MS });
    expect(replies[1]).toMatchObject({ failure: 'unreachable', timeMs: 20 });
  });

  it('waits its second for an answer that is lost, and asks again', async () => {
    const stage = await simulatedCluster({ nodes: '3', loss: '0.5', ...DELAY });
    const reply = await ask(stage, { tries: 3 });
    expect(reply.tries).toBeGreaterThan(1);
    expect(reply.timeMs).toBeGreaterThanOrEqual(TIMEOUT_MS);
  });

  it('does not get across a partition', async () => {
    const stage = await simulatedCluster({ nodes: '3', ...DELAY });
    stage.divide([0]);
    const across = await ask(stage, { quorum: 2 });
    expect(across).toMatchObject({ failure: 'unreachable', timeMs: TIMEOUT_MS });
    stage.heal();
    await stage.until(stage.now() + 60_000);
    expect(await ask(stage, { quorum: 2 })).toMatchObject({ failure: '' });
  });

  it('is refused at once when too few live', async () => {
    const stage = await simulatedCluster({ nodes: '3', ...DELAY });
    await stage.kill([1, 2], 'crash');
    await stage.until(stage.now() + 60_000);
    expect(await ask(stage, { quorum: 2 })).toMatchObject({ failure: 'too_few', messages: 0 });
  });

  it('is unanswered when the coordinator itself is gone', async () => {
    const stage = await simulatedCluster({ nodes: '3', ...DELAY });
    await stage.kill([0], 'crash');
    expect(await ask(stage)).toMatchObject({ failure: 'unreachable', messages: 0 });
  });
});
