// What a cluster answers to queries, by HTTP and by the command: part of the story of cluster.ts.

import { expect } from 'vitest';
import type { QueryAnswer, QuorumAnswer } from '../../node/http/answers/shapes.ts';
import { outcomeOf, until } from './support/commands.ts';
import { ask, stateAt } from './support/fleet.ts';

const quorumAt = async (url: string, question: string) => {
  const answer = await ask<QueryAnswer>(`${url}/query?${question}`);
  return { ...answer, quorum: answer.quorum as QuorumAnswer };
};

/** The dead node's last state, from all that live; its process is gone for good. */
export async function expectQuorumOnTheDead(id: string, urls: readonly string[]): Promise<void> {
  const live = urls.length;
  // What it told last may still be on its way to some.
  await until(15_000, async () => {
    const { rows, quorum } = await quorumAt(urls[0] ?? '', `node=${id}&quorum=${live}`);
    expect(quorum).toMatchObject({ outcome: 'agreed', failed: [], unknownTo: [] });
    expect(quorum.agreed).toHaveLength(live);
    expect(quorum.agreed).not.toContain(id);
    expect(quorum.messages).toBeGreaterThanOrEqual(2 * (live - 1));
    const held = (await stateAt(urls[1] ?? '')).nodes[id];
    expect(quorum.newest?.generation).toBe(held?.generation);
    expect(rows.length).toBeGreaterThan(1);
    for (const { node, status, metric, value, version } of rows) {
      expect({ node, status }).toEqual({ node: id, status: 'dead' });
      expect({ value, version }).toMatchObject({
        value: held?.metrics[metric]?.value,
        version: held?.metrics[metric]?.version,
      });
    }
    const oldest = Math.max(...rows.map(({ ageMs }) => ageMs));
    expect(quorum.staleness?.atMostMs).toBeGreaterThanOrEqual(oldest);
  });
}

/** The dead one cannot be asked, so as many as all nodes of the cluster are too many. */
export async function expectTooLargeQuorumRefused(id: string, url: string, live: number) {
  const response = await fetch(`${url}/query?node=${id}&quorum=${live + 1}`);
  expect(response.status).toBe(409);
  expect(await response.json()).toMatchObject({
    code: 'quorum_too_large',
    detail:
      `\`quorum\` is ${live + 1}, but ${live} live nodes are known here, this one and ` +
      `${live - 1} that can be called; ask for ${live} at most.`,
  });
  const command = await outcomeOf(
    ...(['query', '--url', url, '--node', id, '--quorum', String(live + 1)] as const),
  );
  expect(command).toMatchObject({ code: 1, out: '' });
  expect(command.error).toContain(`\`quorum\` is ${live + 1}, but ${live} live nodes are known`);
}

/** `living` are alive for the node at `url`; others are dead or have left. */
export async function expectAggregates(url: string, living: readonly string[]): Promise<void> {
  // Both answers are of one view, or the nodes told news in between.
  await until(5_000, async () => {
    const before = await stateAt(url);
    const found = await ask<QueryAnswer>(
      `${url}/query?metric=memory&where=memory>=0&aggregate=count,min,max,avg&top=1`,
    );
    const values = living.map((id) => before.nodes[id]?.metrics.memory?.value ?? Number.NaN);
    const avg = values.reduce((a, b) => a + b, 0) / values.length;
    expect(found.aggregates).toMatchObject([{ metric: 'memory', unit: '%', group: null }]);
    const { values: figures } = found.aggregates[0] ?? {};
    const [min, max] = [Math.min(...values), Math.max(...values)];
    expect(figures).toMatchObject({ count: living.length, min, max });
    // Rounded to what the metric resolves.
    expect(Math.abs((figures?.avg ?? Number.NaN) - avg)).toBeLessThanOrEqual(0.05 + 1e-9);
    expect(found.rows.map(({ value }) => value)).toEqual([max]);
  });
}

export async function expectQueryCommand(url: string, id: string): Promise<void> {
  const table = await outcomeOf(
    ...(['query', '--url', url, '--metric', 'memory', '--aggregate', 'avg,p95,count'] as const),
  );
  expect(table).toMatchObject({ code: 0, error: '' });
  expect(table.out).toMatch(/^metric +avg +p95 +count\nmemory +[\d.]+ % +[\d.]+ % +\d\n$/);
  const none = await outcomeOf('query', '--url', url, '--where', 'memory>100');
  expect(none).toMatchObject({ code: 1, out: 'No node matches.\n', error: '' });
  await until(15_000, async () => {
    const args = ['--url', url, '--node', id, '--metric', 'memory', '--quorum', '2', '--json'];
    const { code, out } = await outcomeOf('query', ...args);
    expect(code).toBe(0);
    const { rows, quorum } = JSON.parse(out) as QueryAnswer;
    expect(rows).toMatchObject([{ node: id, metric: 'memory', status: 'alive' }]);
    expect(quorum?.agreed.length).toBeGreaterThanOrEqual(2);
  });
}
