// What all questions hold together has a bound, whoever asks them.

import { expect, it } from 'vitest';
import { Problem } from '../../../node/http/answers/problem.ts';
import type { QueryRow } from '../../../node/http/answers/shapes.ts';
import {
  type Collector,
  createFigures,
  createRanking,
} from '../../../node/http/query/aggregate.ts';
import { createRoom, type Share } from '../../../node/http/query/room.ts';

const MEBIBYTE = 2 ** 20;

const row = { node: 'n1', metric: 'cpu', unit: '%', value: 1 } as QueryRow;

const refusalOf = (work: () => void): unknown => {
  try {
    work();
  } catch (error) {
    if (error instanceof Problem) return error.refusal;
    throw error;
  }
  return undefined;
};

const collect = ({ add }: Collector<unknown>, count: number): void => {
  for (let i = 0; i < count; i++) add({ row, group: null, resolution: 0.1 });
};

it.each([
  ['figures', (share: Share) => createFigures(['p95'], share), 60_000],
  ['rankings', (share: Share) => createRanking(30_000, share), 2_000],
])('%s of one question fit, and those of a second have no room', (_, create, count) => {
  const room = createRoom(MEBIBYTE);
  const first = room.open();
  const second = room.open();
  collect(create(first), count);
  expect(refusalOf(() => collect(create(second), count))).toMatchObject({
    ...{ status: 503, code: 'busy', retryAfterSeconds: 1 },
    detail:
      'All questions together hold 1 MiB here; ask for less, such as fewer metrics or nodes, or ' +
      'again in a moment.',
  });
  second.close();
  first.close();
  collect(create(room.open()), count);
});

it('rankings give back the rows that they let go', () => {
  const room = createRoom(MEBIBYTE);
  collect(createRanking(10, room.open()), 30_000);
});

it('there is room for a fleet of 2,500 nodes with 255 metrics each, several times', () => {
  const room = createRoom();
  for (let i = 0; i < 8; i++) room.open().take(2_500 * 255 * 12);
  expect(refusalOf(() => room.open().take(8 * MEBIBYTE))).toMatchObject({ status: 503 });
});
