// A quorum about a node with many metrics, or with long labels, keeps no event loop.

import { describe, expect, it } from 'vitest';
import { CPU } from '../../../node/config/metrics.ts';
import { createRandom } from '../../../node/core/random.ts';
import type { QueryAnswer } from '../../../node/http/answers/shapes.ts';
import { readHolding } from '../../../node/http/query/holding.ts';
import { createQuorumQuery, type HeldMetric } from '../../../node/http/query/quorum.ts';
import { fixture, member, reading } from '../fixture.ts';

const METRICS = 250;

/** One whose metrics differ in labels of a kilobyte. */
const labelled = member('db', {
  metrics: Array.from({ length: METRICS }, (_, i) =>
    reading({ ...CPU, name: `q{a="${String(i).padEnd(1_000, 'b')}"}`, family: 'q' }, i),
  ),
});

it('a query lets others have their turn while patterns read long labels', async () => {
  let turns = 0;
  const after = (_: number, callback: () => void) => {
    turns++;
    queueMicrotask(callback);
    return () => {};
  };
  const { app } = fixture({ clock: { ...fixture().deps.clock, after } }, [member('n1'), labelled]);
  const ask = async (metric: string): Promise<number> => {
    const before = turns;
    const path = `/query?node=db&quorum=1&metric=${encodeURIComponent(metric)}`;
    const { quorum } = (await (await app.request(path)).json()) as QueryAnswer;
    expect(quorum?.outcome).toBe(metric === 'q' ? 'agreed' : 'unknown');
    return turns - before;
  };
  expect(await ask('q')).toBe(0);
  expect(await ask(Array.from({ length: 10 }, (_, i) => `*b*${i}z`).join(','))).toBeGreaterThan(20);
});

describe('a made-up answer', () => {
  let looks = 0;
  const fault = {
    get node() {
      looks++;
      return 0;
    },
  };
  const question = { node: 'db', cluster: 'test', among: async () => () => true };
  const looksAt = async (rows: object[]): Promise<number> => {
    looks = 0;
    const body = { answeredBy: 'n2', cluster: 'test', rows };
    expect(await readHolding(body, 'n2', question, 0)).toBe('bad_answer');
    return looks;
  };

  it('with more rows than there are metrics is not looked at', async () => {
    expect(await looksAt(new Array(80_000).fill(fault))).toBe(0);
  });

  it('is looked at until its first fault', async () => {
    expect(await looksAt(new Array(255).fill(fault))).toBe(1);
  });

  it('with more labels than a metric has is not looked at', async () => {
    const labels = Object.defineProperties(
      {},
      {
        ...Object.fromEntries(
          Array.from({ length: 1_000 }, (_, i) => [
            `label${i}`,
            { enumerable: true, get: () => String(looks++) },
          ]),
        ),
      },
    );
    expect(await looksAt([{ node: 'db', status: 'dead', metric: 'q{}', labels }])).toBe(0);
  });
});

it('a quorum looks at each metric of each answer a few times, however many there are', () => {
  let looks = 0;
  const metricAt = (i: number): HeldMetric => ({
    get metric() {
      looks++;
      return `m${i}`;
    },
    ...{ value: i, unit: '', kind: 'gauge', description: '', priority: 1, delta: 1 },
    ...{ version: i + 1, sampledAt: 0, toldAt: 0 },
  });
  const holding = () => ({
    ...{ generation: 1, incarnation: 0, status: 'alive' as const },
    metrics: Array.from({ length: METRICS }, (_, i) => metricAt(i)),
  });
  const peers = Array.from({ length: 19 }, (_, i) => ({ id: `p${i}`, status: 'alive' as const }));
  const query = createQuorumQuery({
    ...{ self: 'me', own: holding, peers, quorum: 20, tries: 1, random: createRandom(1) },
  });
  query.next();
  for (const { id } of peers) query.take(id, holding());
  looks = 0;
  expect(query.result().outcome).toBe('agreed');
  expect(looks).toBeLessThan(20 * METRICS * 10);
});
