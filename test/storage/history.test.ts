// How history is read from a database: in short steps, whose bounds change no answer.

import { type Client, createClient } from '@libsql/client';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { HistoryQuery, Sample } from '../../node/ports.ts';
import { insertEvents, insertSamples, MIGRATIONS } from '../../node/storage/database/schema.ts';
import { readBuckets } from '../../node/storage/history/buckets.ts';
import { readParts } from '../../node/storage/history/part-statements.ts';
import { createReader, type Reader } from '../../node/storage/history/reader.ts';
import { selectRuns, selectSlots } from '../../node/storage/history/statements.ts';
import type { StoredRun } from '../../node/storage/history/walk.ts';
import { readHistory } from '../../node/storage/history.ts';
import { expectedOf, ORIGIN_MS, SECOND_MS, type Told, told } from '../contract/oracle.ts';
import { everything, START_MS, sample } from '../contract/rows.ts';
import { listed } from '../support/points.ts';
import { newFile, temporaryFolder } from './support.ts';

const HOUR = 3_600_000;
const folder = temporaryFolder();
const clients: Client[] = [];
afterAll(() => {
  for (const client of clients) client.close();
});

async function openDatabase(url = newFile(folder).url): Promise<Client> {
  const client = createClient({ url });
  clients.push(client);
  for (const statement of MIGRATIONS.flat()) await client.execute(statement);
  return client;
}

async function keep(client: Client, samples: readonly Sample[]): Promise<void> {
  for (let start = 0; start < samples.length; start += 10_000) {
    await client.batch(insertSamples(samples.slice(start, start + 10_000)), 'write');
  }
}

/** As `readHistory` reads buckets, in the steps that a test wants. */
async function inSteps(client: Client, query: HistoryQuery, bounds: Partial<Reader>) {
  const reader = { ...createReader(client), ...bounds };
  const rows = await reader.rows(selectRuns(query, Number.MAX_SAFE_INTEGER, 1_000));
  const runs = rows.map((row): StoredRun => row as unknown as StoredRun);
  const [slots] = await reader.rows(selectSlots());
  const ordered = runs.toSorted((a, b) => b.generation - a.generation);
  return listed(await readBuckets(reader, query, ordered, Number(slots?.first)));
}

const readListed = async (...asked: Parameters<typeof readHistory>) =>
  listed(await readHistory(...asked));

describe('buckets from a database', () => {
  const CASES = 300;
  let client: Client;
  let cases: Told[] = [];

  beforeAll(async () => {
    let number = 0;
    const node = fc.constant(0).map(() => `case-${++number}`);
    cases = fc.sample(node.chain(told), { numRuns: CASES, seed: 9 });
    client = await openDatabase();
    await keep(
      client,
      cases.flatMap(({ samples }) => samples),
    );
    const events = cases.flatMap((each) => each.events);
    await client.batch(insertEvents(events, 'n1'), 'write');
  });

  /** Values that the oracle sees, from where an answer begins. */
  const expected = ({ samples, events, query }: Told, fromMs: number) =>
    expectedOf(samples, events, { ...query, fromMs }).map((point) => ({
      ...point,
      avg: point.avg === null ? null : expect.closeTo(point.avg, 9),
    }));

  it.each([1, 40, 15_000])('are what each second shows, in steps of %i rows', async (chunkRows) => {
    let compared = 0;
    for (const each of cases) {
      if (each.samples.length === 0) continue;
      const { points, fromMs } = await inSteps(client, each.query, { chunkRows });
      if (points.length === 0) continue;
      const values = points.map(({ node: _, metric: __, unit: ___, ...value }) => value);
      expect(values).toEqual(expected(each, fromMs));
      compared += points.length;
    }
    expect(compared).toBeGreaterThan(1_000);
  });

  it('begin later where rows are too many, and are as good from there on', async () => {
    let cut = 0;
    for (const each of cases) {
      const query = { ...each.query, fromMs: ORIGIN_MS, toMs: ORIGIN_MS + 120 * SECOND_MS - 1 };
      const [whole, part] = [
        await inSteps(client, query, {}),
        await inSteps(client, query, { maxRows: 8 }),
      ];
      if (part.limited !== 'rows') continue;
      cut++;
      expect(part.fromMs).toBeGreaterThanOrEqual(whole.fromMs);
      // The first may be cut short.
      const later = part.points.slice(1);
      expect(later).toEqual(whole.points.slice(whole.points.length - later.length));
    }
    expect(cut).toBeGreaterThan(20);
  });

  it('stay within what was stored where clocks disagree by some ms', async () => {
    const shaken = await openDatabase();
    const values = [10, 30, 20, 40];
    const rows = Array.from({ length: 400 }, (_, index) => {
      const jitterMs = ((index * 7_919) % 41) - 20;
      const sampledAtMs = START_MS + HOUR - 2_000 + index * 10 + jitterMs;
      return sample(index + 1, { value: values[index % 4] ?? 0, sampledAtMs });
    });
    await keep(shaken, rows);
    const { points } = await readListed(shaken, everything({ stepMs: 500 }));
    expect(points.reduce((sum, { count }) => sum + count, 0)).toBe(400);
    const full = points.filter(({ count }) => count > 10);
    expect(full).toHaveLength(8);
    for (const { min, avg, max } of full) {
      expect([min, max]).toEqual([10, 40]);
      expect(Math.abs((avg ?? 0) - 25)).toBeLessThan(3);
    }
  });
});

describe('a question about the past', () => {
  it('takes many short statements, none of which is about many rows', async () => {
    const client = await openDatabase();
    const rows = Array.from({ length: 3 * 3_600 }, (_, second) =>
      ['cpu', 'memory', 'load1'].map((metric) =>
        sample(second, { metric, sampledAtMs: START_MS + second * SECOND_MS }),
      ),
    );
    await keep(client, rows.flat());
    const counts: number[] = [];
    const watched = {
      protocol: client.protocol,
      async execute(statement: { sql: string; args: never[] }) {
        const result = await client.execute(statement);
        const parts = readParts(result.rows);
        counts.push(parts.reduce((sum, [, , , count]) => sum + count, 0));
        return result;
      },
    } as unknown as Client;
    const asked = everything({ stepMs: 60_000, toMs: START_MS + 3 * HOUR - 1 });
    const { points } = await readListed(watched, asked);
    expect(points).toHaveLength(3 * 3 * 60);
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(3 * 3 * 3_600);
    expect(Math.max(...counts)).toBeLessThanOrEqual(15_000);
    const raw = await readListed(watched, everything({ limit: 1_000 }));
    expect(raw.points).toHaveLength(1_000);
  });

  it('ends between two statements when its caller left, with no transaction open', async () => {
    const { url } = newFile(folder);
    const client = await openDatabase(url);
    await keep(client, [sample(1), sample(2)]);
    const controller = new AbortController();
    let statements = 0;
    const watched = {
      protocol: client.protocol,
      async execute(statement: { sql: string; args: never[] }) {
        if (++statements === 2) controller.abort(new Error('nobody waits'));
        return client.execute(statement);
      },
    } as unknown as Client;
    const reading = readListed(watched, everything({ stepMs: 1_000 }), controller.signal);
    await expect(reading).rejects.toThrow('nobody waits');
    expect(statements).toBe(2);
    const other = createClient({ url });
    clients.push(other);
    await other.execute('PRAGMA wal_checkpoint(TRUNCATE)');
    await keep(other, [sample(3)]);
    expect((await readListed(client, everything())).points).toHaveLength(3);
  });

  it('finds the newest row also where another told it on the far side of the hour', async () => {
    const client = await openDatabase();
    await keep(client, [sample(1, { sampledAtMs: START_MS - 100 })]);
    await keep(client, [sample(1, { sampledAtMs: START_MS + 100 })]);
    const history = await readListed(client, everything());
    expect(history).toMatchObject({ newestMs: START_MS - 100 });
    expect(history.points).toHaveLength(1);
  });

  it('ends where there are more buckets than numbers that can be added', async () => {
    const client = await openDatabase();
    await keep(client, [sample(1)]);
    // An end beyond what a clock says, each ms of it a bucket.
    const asked = { fromMs: 1_274_810_792_392_139, toMs: 7_785_724_925_713_861, stepMs: 1 };
    const { points } = await readListed(client, everything({ ...asked, limit: 4_581 }));
    expect(points).toEqual([]);
  });

  it('knows which nodes were dead however many events there are', async () => {
    const client = await openDatabase();
    await keep(client, [sample(1, { node: 'n2', generation: 7 })]);
    const event = { node: 'n2', generation: 7, address: '' };
    const death = { ...event, status: 'dead' as const, atMs: START_MS + 60_000 };
    const others = Array.from({ length: 12_000 }, (_, index) => ({
      ...{ ...event, node: 'n3', status: 'suspect' as const },
      atMs: START_MS + 60_001 + index,
    }));
    await client.batch(insertEvents([death, ...others], 'n1'), 'write');
    const asked = { stepMs: 60_000, fromMs: START_MS, toMs: START_MS + 3 * 60_000 - 1 };
    const { points } = await readListed(client, everything({ ...asked, node: 'n2' }));
    expect(points.map(({ avg }) => avg)).toEqual([1, null, null]);
  });

  it('has a gap in own lines alone for an absence where several share a server', async () => {
    const client = await openDatabase();
    const own = { metric: 'memory', node: 'n1' };
    await keep(client, [
      sample(1, { node: 'n2', generation: 7 }),
      sample(1, { ...own, generation: START_MS - HOUR }),
      sample(2, { ...own, generation: START_MS + 120_000, sampledAtMs: START_MS + 120_000 }),
    ]);
    const asked = { stepMs: 60_000, fromMs: START_MS, toMs: START_MS + 3 * 60_000 - 1 };
    const means = async (): Promise<(number | null)[][]> => {
      const { points } = await readListed(client, everything(asked));
      return ['n1', 'n2'].map((node) =>
        points.filter((point) => point.node === node).map(({ avg }) => avg),
      );
    };
    const cut = [1, null, 2];
    expect(await means()).toEqual([cut, [1, null, 1]]);
    for (const id of ['n1', 'n2']) {
      await client.execute(`INSERT INTO identities VALUES ('${id}', 1, '[]', 0, '[]')`);
    }
    expect(await means()).toEqual([cut, [1, 1, 1]]);
  });
});
