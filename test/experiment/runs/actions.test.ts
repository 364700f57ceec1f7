// What is heard of out of order is carried out in order.

import { expect, it } from 'vitest';
import { createOrderly } from '../../../node/experiment/runs/actions.ts';

function set() {
  const orderly = createOrderly();
  const done: string[] = [];
  const add = (at: number, name: string): void => orderly.add(at, () => done.push(name));
  return { orderly, done, add };
}

it('carries out the earliest first, whatever was heard first', () => {
  const { orderly, done, add } = set();
  for (const at of [30, 20, 10]) add(at, `at ${at}`);
  orderly.release(25);
  expect(done).toEqual(['at 10', 'at 20']);
  orderly.release(Number.POSITIVE_INFINITY);
  expect(done).toEqual(['at 10', 'at 20', 'at 30']);
});

it('keeps the order of hearing among what happened at the same time', () => {
  const { orderly, done, add } = set();
  for (const name of ['a', 'b', 'c']) add(5, name);
  orderly.release(5);
  expect(done).toEqual(['a', 'b', 'c']);
});

it('carries out once, also what comes too late for its place', () => {
  const { orderly, done, add } = set();
  add(10, 'in time');
  orderly.release(15);
  add(5, 'late');
  orderly.release(15);
  orderly.release(15);
  expect(done).toEqual(['in time', 'late']);
});
