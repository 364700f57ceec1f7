// Rows on their way into a database that answers as told: batches, bounds, losses.

import { describe, expect, it } from 'vitest';
import { OperatingError } from '../../../node/errors.ts';
import type { Statement } from '../../../node/storage/database/schema.ts';
import { createOutgoing, type OutgoingOptions } from '../../../node/storage/results/outgoing.ts';
import { addAll } from '../../../node/storage/results/pieces.ts';
import { eventually } from '../support.ts';
import { measure, round } from './rows.ts';

const FULL = new OperatingError('store_full', 'The disk is full; free some space.');

/** Keeps what is written, by run, unless `answer` fails. */
function create(
  answer: () => Promise<void> = async () => undefined,
  options: OutgoingOptions = {},
) {
  const batches: number[] = [];
  const written = new Map<number, number>();
  const write = async (statements: readonly Statement[]) => {
    await answer();
    const counts = statements.map(({ args: [runId, rows] }) => {
      const { length } = JSON.parse(String(rows)) as unknown[];
      written.set(Number(runId), (written.get(Number(runId)) ?? 0) + length);
      return length;
    });
    batches.push(counts.reduce((sum, count) => sum + count, 0));
    return [];
  };
  return { outgoing: createOutgoing(write, { waitMs: 1, ...options }), batches, written };
}

const rounds = (count: number) => ({
  rounds: Array.from({ length: count }, (_, number) => round('n1', number)),
});

describe('rows of a run', () => {
  it('go by themselves after a moment, few together', async () => {
    const { outgoing, batches } = create();
    for (let i = 0; i < 50; i++) outgoing.add(1, { rounds: [round('n1', i)] });
    expect(batches).toEqual([]);
    await eventually(() => batches.length > 0);
    expect(batches).toEqual([50]);
  });

  it('go in batches of two thousand, one under way at a time', async () => {
    let underWay = 0;
    let most = 0;
    const { outgoing, batches } = create(async () => {
      most = Math.max(most, ++underWay);
      await new Promise((resolve) => setTimeout(resolve, 1));
      underWay--;
    });
    outgoing.add(1, rounds(9_000));
    await Promise.all([outgoing.flush(), outgoing.flush()]);
    expect(batches).toEqual([2_000, 2_000, 2_000, 2_000, 1_000]);
    expect(most).toBe(1);
  });

  it('that came while others were written are written, too, before a flush ends', async () => {
    const { outgoing, written } = create();
    outgoing.add(1, rounds(10));
    const flushed = outgoing.flush();
    outgoing.add(2, rounds(5));
    await flushed;
    expect([...written]).toEqual([
      [1, 10],
      [2, 5],
    ]);
  });

  it('without rows are a flush that does nothing', async () => {
    const { outgoing, batches } = create();
    outgoing.add(1, {});
    outgoing.add(1, { rounds: [] });
    await outgoing.flush();
    expect(batches).toEqual([]);
  });
});

describe('a database that fails', () => {
  it('gets the same rows again, and a flush that comes later knows nothing of it', async () => {
    let failures = 1;
    const { outgoing, written } = create(async () => {
      if (failures-- > 0) throw FULL;
    });
    outgoing.add(1, rounds(10));
    await eventually(() => failures === 0);
    await outgoing.flush();
    expect(written.get(1)).toBe(10);
  });

  it('fails the flush of each run that lost rows, once, and starts afresh', async () => {
    let isFull = true;
    const { outgoing, written } = create(async () => {
      if (isFull) throw FULL;
    });
    outgoing.add(1, rounds(3_000));
    outgoing.add(2, rounds(5));
    await expect(outgoing.flush(1)).rejects.toMatchObject({
      code: 'store_full',
      message: '3,000 rows of the run were lost: The disk is full; free some space.',
    });
    await expect(outgoing.flush(2)).rejects.toThrow(/^5 rows of the run were lost/);
    await outgoing.flush(3);

    isFull = false;
    outgoing.add(1, rounds(7));
    await outgoing.flush();
    expect([...written]).toEqual([[1, 7]]);
  });

  it('fails a flush that names no run for any of them', async () => {
    const { outgoing } = create(async () => {
      throw FULL;
    });
    outgoing.add(4, rounds(2));
    await expect(outgoing.flush()).rejects.toThrow(/^2 rows/);
    await outgoing.flush();
  });
});

describe('bounds', () => {
  it('let a run through that has more rows than may wait, in pieces', async () => {
    const { outgoing, written } = create(undefined, { maxWaitingRows: 10 });
    await addAll(outgoing, 1, { ...rounds(25), measures: [measure('messages', 1)] }, 5);
    await outgoing.flush(1);
    expect(written.get(1)).toBe(26);
  });

  it('more rows than may wait are lost, counted against their run alone', async () => {
    const { outgoing, written } = create(undefined, { maxWaitingRows: 10 });
    outgoing.add(1, rounds(8));
    outgoing.add(2, rounds(8));
    await outgoing.flush(1);
    await expect(outgoing.flush(2)).rejects.toMatchObject({ code: 'results_behind' });
    expect(written.get(1)).toBe(8);
    expect(written.get(2)).toBe(2);
  });

  it('a value that no column takes leaves out its row and is told', async () => {
    const { outgoing, written } = create();
    const wrong = { ...measure('cpu', 1), count: 1.5 };
    outgoing.add(1, { measures: [measure('messages', 1), wrong, measure('lag_p50_ms', null)] });
    await expect(outgoing.flush(1)).rejects.toThrow(
      'Column count of table measures is 1.5, but must be a whole number.',
    );
    expect(written.get(1)).toBe(2);
  });
});
