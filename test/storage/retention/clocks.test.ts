// Stores whose clock, settings or machine is wrong delete nothing that others, or they themselves,
// would miss.

import { join } from 'node:path';
import { createClient } from '@libsql/client';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Clock } from '../../../node/ports.ts';
import { START_MS, sample } from '../../contract/store.ts';
import { freePort } from '../../e2e/support/ports.ts';
import { keep } from '../../support/closing.ts';
import {
  createManualClock,
  NEEDS_SQLD,
  newFile,
  openRelayed,
  openStore,
  rowsIn,
  type SqldServer,
  startSqld,
  temporaryFolder,
  versions,
} from '../support.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const folder = temporaryFolder();

/** A clock that can be set. */
function createWrongClock(offMs: number) {
  const clock = createManualClock();
  const machine = { offMs };
  const wrong: Clock = { ...clock, wallMs: () => clock.wallMs() + machine.offMs };
  return { ...clock, ...wrong, machine };
}

/** A day of rows, one an hour, that end when the tests begin. */
const aDay = Array.from({ length: 24 }, (_, hour) =>
  sample(hour + 1, { sampledAtMs: START_MS - hour * HOUR_MS }),
);

describe('a start with the clock 30 days ahead', () => {
  it('deletes nothing, says why, and that is over when the clock is right', async () => {
    const { url } = newFile(folder);
    const before = await openStore({ url });
    before.recordSamples(aDay);
    await before.close();

    const clock = createWrongClock(30 * DAY_MS);
    const store = keep(await openStore({ url, clock }));
    await store.flush();
    expect(await rowsIn(url)).toBe(24);
    expect(store.health()).toMatchObject({
      state: 'degraded',
      problem:
        "Rows older than 7 days are kept for now: this machine's clock is 30 days ahead of what " +
        'was stored last; set it right, or leave it if it is right: they go once peers agree for ' +
        'an hour, or after 7 days of running.',
    });
    // New rows are stored meanwhile, and prove nothing.
    store.recordSamples([sample(100, { sampledAtMs: clock.wallMs() })]);
    for (let minute = 0; minute < 5; minute += 1) {
      clock.advance(60_000);
      await store.flush();
    }
    expect(await rowsIn(url)).toBe(25);

    clock.machine.offMs = 0;
    clock.advance(60_000);
    await store.flush();
    expect(store.health().state).toBe('ok');
    expect(await rowsIn(url)).toBe(25);
  });

  it('and another start after that deletes nothing either', async () => {
    const { url } = newFile(folder);
    const before = await openStore({ url });
    before.recordSamples(aDay);
    await before.close();
    for (let start = 0; start < 3; start += 1) {
      const clock = createWrongClock(30 * DAY_MS);
      const store = await openStore({ url, clock });
      store.recordSamples([sample(100 + start, { sampledAtMs: clock.wallMs() })]);
      await store.flush();
      await store.close();
    }
    expect(await rowsIn(url)).toBe(27);
  });

  it('deletes what is too old once peers have agreed for an hour', async () => {
    const { url } = newFile(folder);
    const before = await openStore({ url });
    before.recordSamples(aDay);
    await before.close();

    const clock = createWrongClock(30 * DAY_MS);
    const store = keep(await openStore({ url, clock }));
    store.noteSkew?.(-200);
    for (let minute = 0; minute <= 61; minute += 1) {
      clock.advance(60_000);
      await store.flush();
      if (minute === 58) expect(await rowsIn(url)).toBe(24);
    }
    expect(await rowsIn(url)).toBe(0);
    expect(store.health().state).toBe('ok');
  });
});

describe('a clock that jumps 30 days ahead while the node runs', () => {
  it('takes nothing away, with peers and without', async () => {
    for (const skewMs of [undefined, -30 * DAY_MS]) {
      const { url } = newFile(folder);
      const clock = createWrongClock(0);
      const store = keep(await openStore({ url, clock }));
      store.recordSamples(aDay);
      await store.flush();
      clock.machine.offMs = 30 * DAY_MS;
      store.noteSkew?.(skewMs);
      for (let minute = 0; minute < 120; minute += 1) {
        clock.advance(60_000);
        await store.flush();
      }
      expect(await rowsIn(url)).toBe(24);
      const whose = skewMs === undefined ? 'ahead of what was stored last' : 'ahead of its peers';
      expect(store.health().problem).toContain(whose);
    }
  });
});

describe('the size of a database', () => {
  it('is kept by first dropping what is stamped far in the future: it would stay', async () => {
    const { url } = newFile(folder);
    const store = keep(await openStore({ url, maxBytes: 200_000 }));
    const future = (version: number) =>
      sample(version, { node: 'future', sampledAtMs: START_MS + 30 * DAY_MS + version });
    store.recordSamples(Array.from({ length: 4_000 }, (_, i) => future(i + 1)));
    await store.flush();
    for (let first = 1; first <= 12_001; first += 2_000) {
      store.recordSamples(versions(first, first + 1_999));
      await store.flush();
    }
    const client = createClient({ url });
    const left = await client.execute(
      'SELECT node, count(*) AS n FROM sample_history GROUP BY node ORDER BY node',
    );
    client.close();
    expect(left.rows.map(({ node }) => node)).toEqual(['n1']);
  });
});

describe('on a server that many share', NEEDS_SQLD, () => {
  let server: SqldServer;
  beforeAll(async () => {
    server = await startSqld(join(folder, 'sqld'), await freePort());
  });
  afterAll(() => server?.close());
  afterEach(async () => {
    const client = createClient({ url: server.url });
    for (const table of ['samples', 'series', 'events', 'keepers']) {
      await client.execute(`DELETE FROM ${table}`).catch(() => undefined);
    }
    client.close();
  });

  it('one whose clock is 30 days ahead, since its first start, deletes nothing', async () => {
    const clock = createWrongClock(30 * DAY_MS);
    const wrong = keep(
      await openRelayed({ url: server.url, spool: newFile(folder), clock, observer: 'wrong' }),
    );
    await wrong.flush();
    const right = { url: server.url, observer: 'right' };
    const store = keep(await openRelayed({ ...right, spool: newFile(folder) }));
    store.recordSamples(aDay);
    await store.flush();
    for (let minute = 0; minute < 12; minute += 1) {
      clock.advance(60_000);
      await wrong.flush();
    }
    expect(await rowsIn(server.url)).toBe(24);
  });

  it('one that keeps less, in time or in bytes, deletes nothing that the others keep', async () => {
    const store = keep(
      await openRelayed({ url: server.url, spool: newFile(folder), observer: 'patient' }),
    );
    store.recordSamples([...aDay, ...versions(101, 4_000)]);
    await store.flush();
    const clock = createManualClock();
    const hasty = { retentionMs: HOUR_MS, maxBytes: 65_536, clock, observer: 'hasty' };
    const other = keep(await openRelayed({ url: server.url, spool: newFile(folder), ...hasty }));
    for (let minute = 0; minute < 12; minute += 1) {
      clock.advance(60_000);
      await other.flush();
    }
    expect(await rowsIn(server.url)).toBe(24 + 3_900);
  });

  it('one whose clock is two days behind stamps no row of others a second time', async () => {
    const now = Date.now() - START_MS;
    const right = { url: server.url, observer: 'n1', clock: createWrongClock(now) };
    const store = keep(await openRelayed({ ...right, spool: newFile(folder) }));
    const clock = createWrongClock(now - 2 * DAY_MS);
    const other = keep(
      await openRelayed({ url: server.url, observer: 'n3', clock, spool: newFile(folder) }),
    );
    const told = (by: Clock, version: number) => [
      sample(version, { node: 'n1', sampledAtMs: by.wallMs() }),
      sample(version, { node: 'n3', sampledAtMs: by.wallMs() }),
      sample(version, { node: 'has a file', sampledAtMs: by.wallMs() }),
    ];
    const rows = async (): Promise<string[]> => {
      const client = createClient({ url: server.url });
      const found = await client.execute(
        'SELECT node, at_ms < ? AS early FROM sample_history ORDER BY node, at_ms',
        [Date.now() - DAY_MS],
      );
      client.close();
      return found.rows.map(({ node, early }) => `${node}${early === 1 ? ' early' : ''}`);
    };
    store.recordSamples(told(right.clock, 1));
    await store.flush();
    other.recordSamples(told(clock, 1));
    await other.flush();
    expect(await rows()).toEqual(['has a file early', 'has a file', 'n1', 'n3 early', 'n3']);
    expect(other.health().problem).toBe(
      "This machine's clock and that of the database server are more than a minute apart; set " +
        'both by NTP: until then this node stores no rows of nodes that store there themselves.',
    );
    expect(other.health()).toMatchObject({ writtenRows: 3, queuedRows: 0, droppedRows: 0 });

    clock.machine.offMs = now;
    clock.advance(30_000);
    clock.machine.offMs -= 30_000;
    await other.flush();
    expect(other.health().state).toBe('ok');
    other.recordSamples(told(clock, 2));
    await other.flush();
    expect((await rows()).filter((node) => node === 'n1')).toHaveLength(2);
  });
});
