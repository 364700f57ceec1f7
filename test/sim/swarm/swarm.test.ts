// Random clusters under random faults, thousands of them in `npm run verify`; after every event of
// every one the invariants hold. A failure names its seed and the line that replays it.

import { beforeAll, describe, expect, it } from 'vitest';
import { SEED, scaled } from '../../support/scale.ts';
import { INVARIANTS, type Invariant } from '../invariants.ts';
import { createScenario } from './scenario.ts';
import { type Outcome, playScenario } from './world.ts';

const SEEDS = scaled(80, 4_000);
/** The same in every `npm test`, others in every `npm run verify`. */
const BEFORE_FIRST = scaled(0, (SEED % 100_000) * SEEDS);

const outcomes: Outcome[] = [];

beforeAll(
  () => {
    for (let i = 1; i <= SEEDS; i++) outcomes.push(playScenario(createScenario(BEFORE_FIRST + i)));
  },
  scaled(120_000, 3_600_000),
);

const violationsOf = (invariant: Invariant): string[] =>
  outcomes.flatMap(({ seed, violation }) =>
    violation?.invariant === invariant
      ? [`npm exec -- node test/sim/replay.ts ${seed}   # ${violation.message}`]
      : [],
  );

const reached = (what: string): number =>
  outcomes.reduce((sum, outcome) => sum + (outcome.reached.get(what) ?? 0), 0);

describe(`in ${SEEDS} random clusters under random faults`, () => {
  it.each(Object.entries(INVARIANTS))('%s. %s', (invariant) => {
    expect(violationsOf(invariant as Invariant)).toEqual([]);
  });

  it.each([
    ...['network', 'partition', 'crash', 'leave', 'stall', 'clock', 'define', 'urgent', 'churn'],
    ...['suspect', 'dead', 'left', 'replaced', 'forgotten', 'regenerated'],
    ...['push', 'ping', 'ping_request'],
  ])('%s is reached', (what) => {
    expect(reached(what)).toBeGreaterThan(0);
  });
});
