// The libSQL store stays within its age and its size, on disk too.

import { statSync } from 'node:fs';
import { createClient } from '@libsql/client';
import { describe, expect, it } from 'vitest';
import { death, pointsOf, START_MS, sample, told } from '../../contract/store.ts';
import { keep } from '../../support/closing.ts';
import {
  count,
  createManualClock,
  eventually,
  newFile,
  openStore,
  temporaryFolder,
  versions,
} from '../support.ts';

const folder = temporaryFolder();

describe('retention', () => {
  it('by age deletes exactly what is older, names, events and facts included', async () => {
    const { url } = newFile(folder);
    const clock = createManualClock();
    const store = keep(await openStore({ url, clock, retentionMs: 3_600_000 }));
    store.recordSamples([
      sample(1, { sampledAtMs: START_MS }),
      sample(2, { sampledAtMs: START_MS + 60_000, node: 'n2' }),
      sample(3, { sampledAtMs: START_MS + 60_001, node: 'n2' }),
    ]);
    store.recordEvents([death(START_MS), death(START_MS + 60_000)]);
    store.recordEvents([told(START_MS), told(START_MS + 60_000, { change: 'ended', value: '' })]);
    await store.flush();
    expect(await count(store)).toBe(3);

    clock.advance(3_600_000 + 60_000);
    await eventually(() => clock.nextMs() !== undefined);
    store.recordSamples([sample(4, { sampledAtMs: START_MS + 3_660_000, node: 'n3' })]);
    await store.flush();
    const kept = await pointsOf(store);
    expect(kept.map((point) => point.avg)).toEqual([2, 3, 4]);
    const client = createClient({ url });
    expect((await client.execute('SELECT at_ms FROM events')).rows).toHaveLength(1);
    const facts = await client.execute('SELECT key, change, value FROM fact_changes');
    expect(facts.rows).toMatchObject([{ key: 'note "é"', change: 'ended', value: '' }]);
    client.close();
  });

  it('by age forgets the names of series that have no samples left', async () => {
    const { url } = newFile(folder);
    const clock = createManualClock();
    const store = keep(await openStore({ url, clock, retentionMs: 3_600_000 }));
    store.recordSamples([sample(1)]);
    await store.flush();
    clock.advance(3 * 3_600_000);
    store.recordSamples([sample(2, { node: 'n2', sampledAtMs: clock.wallMs() })]);
    await store.flush();
    clock.advance(60_000);
    await store.flush();

    const client = createClient({ url });
    const found = await client.execute('SELECT node FROM series');
    expect(found.rows.map((row) => row.node)).toEqual(['n2']);
    client.close();
  });

  it('by size keeps the file within its bound, the newest samples in it', async () => {
    const { path, url } = newFile(folder);
    const maxBytes = 400_000;
    const store = keep(await openStore({ url, maxBytes }));
    let largest = 0;
    for (let first = 1; first <= 60_000; first += 2_000) {
      store.recordSamples(versions(first, first + 1_999));
      await store.flush();
      largest = Math.max(largest, store.health().databaseBytes);
    }
    const newest = await pointsOf(store, { limit: 1 });
    const stored = await count(store);
    await store.close();

    expect(largest).toBeLessThanOrEqual(maxBytes);
    expect(statSync(path).size).toBeLessThanOrEqual(maxBytes);
    expect(newest[0]?.avg).toBe(60_000);
    expect(stored).toBeGreaterThan(5_000);
  });
});
