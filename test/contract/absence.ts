// What every store answers about times at which the node that is asked was not there itself.

import { expect, it } from 'vitest';
import { at, HOUR, type keepIn, MINUTE, means, seen, span } from './minutes.ts';
import { pointsOf, START_MS, sample } from './rows.ts';

export function specifyAbsence(keep: ReturnType<typeof keepIn>): void {
  it('has a gap in all lines while the observer itself was down', async () => {
    const [first, second] = [START_MS - HOUR, START_MS + 3 * MINUTE];
    const store = await keep([
      at(0, 50, { node: 'n2', generation: 7 }),
      at(0, 10, { generation: first }),
      at(59_999, 10, { generation: first }),
      at(3 * MINUTE, 20, { generation: second }),
    ]);
    const asked = span(5 * MINUTE, MINUTE);
    const both = [null, null];
    expect(means(await pointsOf(store, { node: 'n2', ...asked }))).toEqual([50, ...both, 50, 50]);
    expect(means(await pointsOf(store, { node: 'n1', ...asked }))).toEqual([10, ...both, 20, 20]);
  });

  it('has no gap where the clock was a day ahead at a start and was set back since', async () => {
    const hourly = (version: number, hour: number, value: number, generation: number) =>
      sample(version, { value, generation, sampledAtMs: START_MS + hour * HOUR });
    const [right, ahead] = [START_MS - HOUR, START_MS + 24 * HOUR];
    const store = await keep([
      hourly(1, 0, 10, right),
      hourly(2, 1, 10, right),
      hourly(1, 24, 20, ahead),
      ...Array.from({ length: 23 }, (_, hour) => hourly(2 + hour, 3 + hour, 20, ahead)),
    ]);
    const asked = { ...span(26 * HOUR, HOUR), node: 'n1' };
    const after = Array.from({ length: 23 }, () => 20);
    expect(means(await pointsOf(store, asked))).toEqual([10, 10, null, ...after]);
  });

  it('has no gap before the observer said itself that it left, in any line', async () => {
    const generation = START_MS - HOUR;
    const left = seen('left', 3 * MINUTE, { node: 'n1', generation });
    const rows = [
      at(0, 50, { node: 'n2', generation: 7 }),
      at(30_000, 10, { generation }),
      at(5 * MINUTE, 20, { generation: START_MS + 5 * MINUTE }),
    ];
    const store = await keep(rows, [left]);
    const asked = span(6 * MINUTE, MINUTE);
    const both = [null, null];
    expect(means(await pointsOf(store, { node: 'n1', ...asked }))).toEqual([
      10,
      10,
      10,
      ...both,
      20,
    ]);
    // Also of a time whose end nobody had left by.
    const early = { ...asked, toMs: START_MS + 2 * MINUTE - 1 };
    for (const node of ['n1', 'n2']) {
      expect(means(await pointsOf(store, { node, ...early }))).not.toContain(null);
    }
    expect(means(await pointsOf(store, { node: 'n2', ...asked }))).toEqual([
      50,
      50,
      50,
      50,
      null,
      50,
    ]);
  });

  it('has a gap from the last row on where the observer was killed', async () => {
    const generation = START_MS - HOUR;
    const store = await keep(
      [
        at(0, 50, { node: 'n2', generation: 7 }),
        at(59_999, 10, { generation }),
        at(3 * MINUTE, 20, { generation: START_MS + 3 * MINUTE }),
      ],
      // What it said before, what it saw of others, and what its next run says of itself.
      [
        seen('alive', -HOUR, { node: 'n1', generation }),
        seen('suspect', 70_000),
        seen('alive', 3 * MINUTE, { node: 'n1', generation: START_MS + 3 * MINUTE }),
      ],
    );
    const points = await pointsOf(store, { node: 'n2', ...span(4 * MINUTE, MINUTE) });
    expect(means(points)).toEqual([50, null, null, 50]);
  });

  it('does not go on with what a killed run of the observer told last', async () => {
    const [first, second] = [START_MS - HOUR, START_MS + 2 * MINUTE];
    const posted = (ms: number, generation: number) =>
      at(ms, 70, { metric: 'posted', version: ms + 2, generation });
    const store = await keep([
      at(0, 50, { node: 'n2', generation: 7 }),
      posted(30_000, first),
      at(59_999, 10, { generation: first }),
      at(2 * MINUTE, 20, { generation: second }),
      posted(5 * MINUTE, second),
    ]);
    const asked = span(6 * MINUTE, MINUTE);
    const own = await pointsOf(store, { node: 'n1', metric: 'posted', ...asked });
    expect(means(own)).toEqual([70, null, null, null, null, 70]);
    const others = await pointsOf(store, { node: 'n2', ...asked });
    expect(means(others)).toEqual([50, null, 50, 50, 50, 50]);
  });
}
