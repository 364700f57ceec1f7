// GET /history over a store, page by page: together the pages are what one answer would have been.

import { expect, it } from 'vitest';
import type { HistoryAnswer, HistoryPointAnswer } from '../../node/http/answers/shapes.ts';
import type { Sample, Store } from '../../node/ports.ts';
import { fixture } from '../http/fixture.ts';
import { START_MS, sample } from './rows.ts';

const METRICS = ['cpu', 'load1', 'memory', 'network', 'storage'];
const SECOND = 1_000;
/** Each with a row of each metric and node. */
const MOMENTS = 8;
const FROM = new Date(START_MS).toISOString();
const TO = new Date(START_MS + 3_600_000).toISOString();

/** Two nodes sample five metrics at the same moments, as nodes do. */
const sampled = (): Sample[] =>
  Array.from({ length: MOMENTS }, (_, i) =>
    ['n1', 'n2'].flatMap((node) =>
      METRICS.map((metric, place) =>
        sample(1 + i * METRICS.length + place, {
          ...{ node, metric, value: i, sampledAtMs: START_MS + i * SECOND },
        }),
      ),
    ),
  ).flat();

async function pagesOf(store: Store, query: string): Promise<HistoryAnswer[]> {
  const { app } = fixture({ store });
  const pages: HistoryAnswer[] = [];
  let next: string | undefined = `history?from=${FROM}&${query}`;
  while (next !== undefined) {
    const response = await app.request(`/${next}`);
    if (response.status !== 200) throw new Error(await response.text());
    const page = (await response.json()) as HistoryAnswer;
    pages.push(page);
    next = page.next;
    if (pages.length > 500) throw new Error('the pages have no end');
  }
  return pages;
}

/** In the order of time: each page is earlier than the one before. */
const joined = (pages: readonly HistoryAnswer[]): HistoryPointAnswer[] =>
  pages.toReversed().flatMap(({ points }) => points);

export function specifyPaging(keep: (samples: readonly Sample[]) => Promise<Store>): void {
  it('gives each row once, whatever the limit, though many are of one moment', async () => {
    const store = await keep(sampled());
    const [all] = await pagesOf(store, `to=${TO}&limit=10000`);
    expect(all?.points).toHaveLength(80);
    for (const limit of [1, 7, 10, 79, 80]) {
      const pages = await pagesOf(store, `to=${TO}&limit=${limit}`);
      expect(joined(pages)).toEqual(all?.points);
      expect(Math.max(...pages.map(({ points }) => points.length))).toBeLessThanOrEqual(limit);
      expect(pages.at(-1)?.limited).toBe(false);
    }
  });

  it('gives each step once', async () => {
    const store = await keep(sampled());
    const query = `to=${new Date(START_MS + MOMENTS * SECOND - 1).toISOString()}&step=2s`;
    const [all] = await pagesOf(store, `${query}&limit=10000`);
    expect(all?.points).toHaveLength(40);
    for (const limit of [10, 17, 30]) {
      const pages = await pagesOf(store, `${query}&limit=${limit}`);
      expect(joined(pages)).toEqual(all?.points);
    }
  });

  it('says which series it cut where not even one step of each fits', async () => {
    const store = await keep(sampled());
    const query = `to=${new Date(START_MS + MOMENTS * SECOND - 1).toISOString()}&step=2s&limit=4`;
    const [page, ...more] = await pagesOf(store, query);
    expect(more).toEqual([]);
    expect(page).toMatchObject({
      limited: true,
      notes: [expect.stringMatching(/^Of 10 series only the first 4 by name are returned/)],
    });
  });
}
