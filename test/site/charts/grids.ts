// The made-up experiment that each figure is drawn from: one that varies what its axes show.

import { type Fixture, type FixtureGrid, madeData } from '../fixtures.ts';

const STRATEGIES = ['priomon', 'full', 'digest'];
const FLEETS: FixtureGrid = { nodes: [10, 20, 50, 100], strategy: STRATEGIES, repeats: 3 };
const BROKEN: FixtureGrid = {
  nodes: [20],
  strategy: ['priomon', 'digest'],
  failureRate: [0.1, 0.3, 0.5, 0.7],
};
const ONE_FLEET: FixtureGrid = { nodes: [20], strategy: ['priomon', 'full'] };

const GRIDS: Readonly<Record<string, FixtureGrid>> = {
  'lag-bandwidth': { nodes: [20, 100], strategy: STRATEGIES },
  'saved-total': { nodes: [50], strategy: [...STRATEGIES, 'strict', 'full-json'] },
  'saved-time': { nodes: [20], strategy: STRATEGIES },
  'convergence-nodes': { nodes: [10, 20, 50, 100, 200], targetCount: [1, 3] },
  'convergence-cdf': { nodes: [50], targetCount: [1, 2, 3] },
  'convergence-loss': { nodes: [50], loss: [0, 0.1, 0.3, 0.5], targetCount: [1, 3] },
  'convergence-heat': { nodes: [20, 50], roundMs: [500, 1000, 2000, 4000], targetCount: [1, 2, 3] },
  'convergence-messages': { nodes: [10, 20, 50], targetCount: [1, 3] },
  'entries-held': { nodes: [10, 20, 50], targetCount: [1, 3] },
  'new-nodes': { nodes: [20, 50] },
  replay: { nodes: [40], repeats: 1 },
  'priority-impact': ONE_FLEET,
  'fresh-rounds': ONE_FLEET,
  'error-time': { nodes: [20] },
  'lag-time': { nodes: [20] },
  'bandwidth-rounds': { nodes: [20], strategy: STRATEGIES },
  'sent-filtered': { nodes: [20] },
  'transmissions-metric': ONE_FLEET,
  'query-success': BROKEN,
  'query-staleness': BROKEN,
  'query-cost': BROKEN,
  'detection-cdf': { nodes: [20], failureRate: [0.2], loss: [0, 0.3] },
  'detection-time': { nodes: [20], failureRate: [0.2], loss: [0, 0.1, 0.3] },
  'false-deaths': { nodes: [20], failureRate: [0.2], loss: [0, 0.1, 0.3] },
  recovery: BROKEN,
};

/** Drawn once for all figures that share it. */
const made = new Map<FixtureGrid, Fixture>();

export function dataFor(id: string): Fixture {
  const grid = GRIDS[id] ?? FLEETS;
  const data = made.get(grid) ?? madeData(grid);
  made.set(grid, data);
  return data;
}
