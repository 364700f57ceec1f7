// What holds for every store. Each adapter brings a harness that opens a fresh one its way.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { HistoryQuery, Store } from '../../node/ports.ts';
import { specifyHistory } from './history.ts';
import { death, pointsOf, START_MS, sample, told } from './rows.ts';

export { death, everything, pointsOf, START_MS, sample, told } from './rows.ts';

export interface StoreHarness {
  /** A store on a database that no other test has used. */
  open(): Promise<Store>;
  /** A second store on the database opened last; absent where nothing outlives the store. */
  reopen?(): Promise<Store>;
}

export function storeContract(name: string, harness: StoreHarness): void {
  describe(`store contract: ${name}`, () => {
    let store: Store;
    const opened: Store[] = [];
    const keep = (one: Store): Store => {
      opened.push(one);
      return one;
    };

    beforeEach(async () => {
      store = keep(await harness.open());
    });
    afterEach(async () => {
      for (const one of opened.splice(0)) await one.close();
    });

    /** Values of the raw history, in its order. */
    const values = async (changes: Partial<HistoryQuery> = {}, from = store) =>
      (await pointsOf(from, changes)).map((point) => point.avg);

    it('is sound and empty at first', async () => {
      expect(store.health()).toMatchObject({
        state: 'ok',
        queuedRows: 0,
        writtenRows: 0,
        droppedRows: 0,
      });
      expect(await pointsOf(store)).toEqual([]);
    });

    it('gives samples back as they were, in the order of time', async () => {
      store.recordSamples([
        sample(2, { value: 12.3 }),
        sample(1, { value: -0.0625, metric: 'load1', unit: '' }),
        sample(3, { value: 1 / 3, node: 'n2 "é"', sampledAtMs: START_MS + 3_000.7 }),
        sample(4, { value: 2 ** 60 }),
      ]);
      await store.flush();

      const raw = { count: 1, unit: '%', node: 'n1', metric: 'cpu' };
      expect(await pointsOf(store)).toEqual([
        { ...raw, metric: 'load1', unit: '', atMs: START_MS + 1_000, ...same(-0.0625) },
        { ...raw, atMs: START_MS + 2_000, ...same(12.3) },
        { ...raw, node: 'n2 "é"', atMs: START_MS + 3_000, ...same(1 / 3) },
        { ...raw, atMs: START_MS + 4_000, ...same(2 ** 60) },
      ]);
    });

    it('selects by node, by metric and by time, both ends included', async () => {
      store.recordSamples([
        ...[1, 2, 3, 4].map((version) => sample(version)),
        sample(2, { node: 'n2', value: 22 }),
        sample(3, { metric: 'memory', value: 33 }),
      ]);
      await store.flush();

      expect(await values({ node: 'n2' })).toEqual([22]);
      expect(await values({ metric: 'memory' })).toEqual([33]);
      expect(await values({ node: 'nobody' })).toEqual([]);
      const [fromMs, toMs] = [START_MS + 2_000, START_MS + 3_000];
      expect(await values({ node: 'n1', metric: 'cpu', fromMs, toMs })).toEqual([2, 3]);
    });

    it('keeps one sample for one node, generation, metric and version', async () => {
      store.recordSamples([sample(1), sample(1)]);
      await store.flush();
      // Told by another node, whose clock puts the time before the hour.
      store.recordSamples([sample(1, { sampledAtMs: START_MS - 500 })]);
      store.recordSamples([sample(1, { generation: START_MS + 9 })]);
      await store.flush();

      expect(await values()).toEqual([1, 1]);
    });

    it('tells a metric that came back in another unit apart, in one run of its node', async () => {
      const job = { metric: 'job', unit: 's' };
      store.recordSamples([sample(1, job), sample(2, { ...job, unit: 'ms', value: 7_000 })]);
      await store.flush();
      store.recordSamples([sample(3, { ...job, unit: 'ms', value: 8_000 }), sample(4, job)]);
      await store.flush();

      const points = await pointsOf(store, { metric: 'job' });
      expect(points.map(({ unit, avg }) => `${avg} ${unit}`)).toEqual([
        ...['1 s', '7000 ms', '8000 ms', '4 s'],
      ]);
    });

    it('counts every row as written, dropped or waiting', async () => {
      store.recordSamples([sample(1), sample(2)]);
      store.recordEvents([death(), death(START_MS + 1), told()]);
      await store.flush();

      expect(store.health()).toMatchObject({ queuedRows: 0, writtenRows: 5, droppedRows: 0 });
    });

    it('drops and counts what no database could hold, and writes the rest', async () => {
      store.recordSamples([
        sample(1, { value: Number.NaN }),
        sample(2, { value: Number.POSITIVE_INFINITY }),
        sample(3, { sampledAtMs: Number.NaN }),
        sample(0.5),
        sample(4),
      ]);
      store.recordEvents([death(Number.NaN)]);
      await store.flush();

      expect(await values()).toEqual([4]);
      expect(store.health()).toMatchObject({ state: 'ok', writtenRows: 1, droppedRows: 5 });
    });

    it('knows the identity saved last, for each id', async () => {
      expect(await store.loadIdentity('n1')).toBeUndefined();
      const peers = ['http://127.0.0.1:4002', 'http://[::1]:4003/base'];
      await store.saveIdentity({ id: 'n1', generation: 5, peers: [] });
      await store.saveIdentity({ id: 'n1', generation: START_MS, peers });
      await store.saveIdentity({ id: 'n2', generation: 3, peers: [] });

      expect(await store.loadIdentity('n1')).toEqual({ id: 'n1', generation: START_MS, peers });
      expect(await store.loadIdentity('n2')).toEqual({ id: 'n2', generation: 3, peers: [] });
    });

    it('keeps the facts of an identity, its own and those of others', async () => {
      const note = { key: 'note "é"', value: '{"a":1}', priority: 7 };
      const origin = { author: 'n2', generation: 3, version: 9 };
      const end = { ttlMs: 3_600_000, endsAtMs: START_MS + 60_000 };
      const kept = { key: 'silence', value: 'true', priority: 255, isKept: true, ...end, origin };
      const identity = { id: 'n1', generation: 5, peers: ['http://a'] };
      await store.saveIdentity({ ...identity, facts: [note, kept] });
      expect(await store.loadIdentity('n1')).toEqual({ ...identity, facts: [note, kept] });
      await store.saveIdentity(identity);
      expect(await store.loadIdentity('n1')).toEqual(identity);
    });

    it('takes and answers nothing after it is closed, and throws no error', async () => {
      store.recordSamples([sample(1)]);
      await store.close();
      store.recordSamples([sample(2)]);
      store.recordEvents([death()]);
      await store.flush();
      await store.saveIdentity({ id: 'n1', generation: 1, peers: [] });
      await store.close();

      const health = store.health();
      expect(health).toMatchObject({ state: 'off', queuedRows: 0 });
      expect(health.writtenRows + health.droppedRows).toBe(3);
    });

    describe('history', () => specifyHistory(() => store));

    if (harness.reopen === undefined) return;
    const reopen = harness.reopen;

    it('writes what waits when it is closed, and has it after a restart', async () => {
      store.recordSamples([sample(1)]);
      const facts = [{ key: 'note', value: '1', priority: 7 }];
      await store.saveIdentity({ id: 'n1', generation: 5, peers: ['http://a'], facts });
      await store.close();

      const again = keep(await reopen());
      expect(await values({}, again)).toEqual([1]);
      expect(await again.loadIdentity('n1')).toMatchObject({ generation: 5, facts });
    });

    it('lets no older generation win', async () => {
      await store.saveIdentity({ id: 'n1', generation: 9, peers: [] });
      await store.close();
      const late = keep(await reopen());
      await late.saveIdentity({ id: 'n1', generation: 8, peers: [] });
      await late.close();

      expect(await keep(await reopen()).loadIdentity('n1')).toMatchObject({ generation: 9 });
    });

    it('lets a generation of a clock that was far ahead give way', async () => {
      const century = 3_155_760_000_000;
      const peers = ['http://a'];
      await store.saveIdentity({ id: 'n1', generation: START_MS + century, peers: [] });
      await store.close();
      const mended = keep(await reopen());
      await mended.saveIdentity({ id: 'n1', generation: START_MS, peers });
      await mended.close();

      const again = await keep(await reopen()).loadIdentity('n1');
      expect(again).toEqual({ id: 'n1', generation: START_MS, peers });
    });

    it('shares a database with another store without doubling anything', async () => {
      const other = keep(await reopen());
      for (const one of [store, other]) {
        one.recordSamples([sample(1), sample(2)]);
        await one.saveIdentity({ id: one === store ? 'n1' : 'n2', generation: 1, peers: [] });
        await one.flush();
      }

      expect(await values()).toEqual([1, 2]);
      expect(await other.loadIdentity('n1')).toMatchObject({ id: 'n1' });
    });
  });
}

const same = (value: number) => ({ min: value, avg: value, max: value });
