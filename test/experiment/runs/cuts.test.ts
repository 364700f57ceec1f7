// Which nodes a real node cannot reach.

import { expect, it } from 'vitest';
import { createCuts } from '../../../node/experiment/runs/cuts.ts';
import { specOf } from './support.ts';

const cutsOfFour = () =>
  createCuts(specOf({ mode: 'emulate', nodes: '4', base_port: '7000', measure: '20s' }));
const at = (...nodes: number[]): string[] => nodes.map((node) => `http://127.0.0.1:${7001 + node}`);

it('are all on the other side, from both sides, until it heals', () => {
  const cuts = cutsOfFour();
  expect(cuts.of(0)).toEqual([]);
  cuts.divide([1]);
  expect(cuts.of(0)).toEqual(at(1));
  expect(cuts.of(1)).toEqual(at(0, 2, 3));
  cuts.divide([]);
  expect(cuts.of(1)).toEqual([]);
});

it('are those that vanished, whatever a partition does, until they appear', () => {
  const cuts = cutsOfFour();
  cuts.vanish(3);
  cuts.divide([0]);
  cuts.divide([]);
  expect(cuts.of(0)).toEqual(at(3));
  cuts.appear(3);
  expect(cuts.of(0)).toEqual([]);
});
