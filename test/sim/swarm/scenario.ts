// Random scenarios, each named by its seed: which nodes take part, with which settings, what they
// measure and what goes wrong when. A scenario is data; world.ts plays it.

import { STANDARD_METRICS, STORAGE } from '../../../node/config/metrics.ts';
import type { Input } from '../../../node/core/effects.ts';
import type { MetricDefinition } from '../../../node/core/model.ts';
import { createRandom, type Random, sample } from '../../../node/core/random.ts';
import { DEFAULT_SETTINGS, type ProtocolSettings } from '../../../node/core/settings.ts';
import type { NetworkFaults } from '../../../node/experiment/simulation/network.ts';

export interface NodePlan {
  readonly id: string;
  /** Empty for a node behind NAT, which only calls out. */
  readonly address: string;
  readonly seeds: readonly string[];
  readonly definitions: readonly MetricDefinition[];
  readonly startAt: number;
  /** How its values move: most change a little, some jump. */
  readonly workload: 'calm' | 'walk' | 'steps' | 'drift';
}

/** `until` is when the fault ends by itself; all end when the scenario heals. */
export type Fault =
  | { readonly kind: 'network'; readonly faults: NetworkFaults }
  | {
      readonly kind: 'partition';
      readonly side: readonly string[];
      /** Of an asymmetric one only messages out of the side are dropped. */
      readonly symmetric: boolean;
      readonly until: number;
    }
  | {
      readonly kind: 'crash';
      readonly id: string;
      readonly keepDisk: boolean;
      readonly vanish: boolean;
      /** Never for one that stays dead. */
      readonly until: number;
      readonly newAddress: boolean;
      /** Where its wall clock jumps while it is down, ms. */
      readonly clockJumpMs: number;
    }
  | { readonly kind: 'leave'; readonly id: string; readonly until: number }
  | { readonly kind: 'stall'; readonly id: string; readonly forMs: number }
  | { readonly kind: 'clock'; readonly id: string; readonly jumpMs: number }
  | { readonly kind: 'define'; readonly id: string; readonly definition: MetricDefinition }
  | { readonly kind: 'churn'; readonly id: string; readonly input: Input }
  | { readonly kind: 'urgent'; readonly id: string };

export interface Scenario {
  readonly seed: number;
  readonly settings: ProtocolSettings;
  readonly nodes: readonly NodePlan[];
  /** A second cluster of another name whose seeds point into the first. */
  readonly strangers: readonly NodePlan[];
  readonly faults: readonly { readonly at: number; readonly fault: Fault }[];
  readonly healAt: number;
  readonly sampleEveryMs: number;
}

export const addressOf = (id: string): string => `http://${id}`;

/** Of the other cluster, which has nothing to do with ours. */
export const STRANGERS_SETTINGS: ProtocolSettings = { ...DEFAULT_SETTINGS, cluster: 'strangers' };

const HOUR_MS = 3_600_000;
/** Metrics and facts come and go by a chance of their own: they change no other fault of a seed. */
const CHURN_SEED = 1_000_003;

export function createScenario(seed: number): Scenario {
  const random = createRandom(seed);
  const count = 3 + random.below(10);
  const settings = randomSettings(random);
  const nodes = Array.from({ length: count }, (_, i) => randomNode(random, `n${i + 1}`, count));
  const strangers = chance(random, 0.3) ? ['x1', 'x2'].map((id) => stranger(random, id)) : [];
  const startedBy = Math.max(...nodes.map(({ startAt }) => startAt));
  const healAt = startedBy + 8_000 + random.below(22_000);
  const churn = randomChurn(createRandom(seed + CHURN_SEED), nodes, startedBy, healAt);
  const faults = [...randomFaults(random, nodes, startedBy, healAt), ...churn];
  faults.sort((a, b) => a.at - b.at);
  const sampleEveryMs = 300 + random.below(1_500);
  return { seed, settings, nodes, strangers, faults, healAt, sampleEveryMs };
}

const chance = (random: Random, share: number): boolean => random.next() < share;

const pick = <T>(random: Random, items: readonly T[]): T => {
  const item = items[random.below(items.length)];
  if (item === undefined) throw new RangeError('nothing to pick from');
  return item;
};

function randomSettings(random: Random): ProtocolSettings {
  const adaptive = chance(random, 0.3);
  return {
    ...DEFAULT_SETTINGS,
    targetCount: 1 + random.below(3),
    maxRoundMs: adaptive ? 3_000 : 1_000,
    budgetBytes: chance(random, 0.4) ? 256 + random.below(350) : 4_096,
    refreshMs: pick(random, [20_000, 60_000, 300_000]),
    // Short enough, now and then, that the dead are forgotten while faults still last.
    forgetAfterMs: chance(random, 0.3) ? 4_000 + random.below(6_000) : HOUR_MS,
    neighbours: pick(random, [4, 32]),
    urgentPerSecond: pick(random, [2, 20]),
    contactEveryRounds: pick(random, [3, 5]),
    // Then metrics that are defined later on find no room.
    maxMetrics: pick(random, [6, 255]),
  };
}

function randomNode(random: Random, id: string, count: number): NodePlan {
  const hidden = id !== 'n1' && id !== 'n2' && chance(random, 0.08);
  const others = [`n${1 + random.below(count)}`, chance(random, 0.1) ? 'x1' : 'n1'];
  // n1 knows another too, or nobody would look for it after it restarted alone.
  const seeds = id === 'n1' ? ['n2', ...others] : ['n1', ...others];
  return {
    id,
    address: hidden ? '' : addressOf(id),
    seeds: [...new Set(seeds)].filter((seed) => seed !== id).map(addressOf),
    definitions: sample(random, STANDARD_METRICS, 2 + random.below(5)),
    startAt: random.below(chance(random, 0.3) ? 6_000 : 500),
    workload: pick(random, ['calm', 'walk', 'steps', 'drift'] as const),
  };
}

const stranger = (random: Random, id: string): NodePlan => ({
  ...randomNode(random, id, 3),
  address: addressOf(id),
  seeds: ['n1', 'x1', 'x2'].filter((seed) => seed !== id).map(addressOf),
});

function randomFaults(
  random: Random,
  nodes: readonly NodePlan[],
  startedBy: number,
  healAt: number,
): Scenario['faults'] {
  const faults: { at: number; fault: Fault }[] = [];
  const add = (at: number, fault: Fault): void => void faults.push({ at, fault });
  // Some networks are bad from the first message on.
  const badAt = chance(random, 0.3) ? 0 : random.below(healAt);
  if (chance(random, 0.6)) add(badAt, { kind: 'network', faults: badNetwork(random) });
  /** Whose life is not spoken for yet; at least two always live. */
  const free = sample(random, nodes, nodes.length - 2);
  // Leaves room for a restart before all heals.
  const span = healAt - startedBy - 1_000;
  const count = 1 + random.below(6);
  for (let i = 0; i < count; i++) {
    const at = startedBy + random.below(span);
    const until = Math.min(healAt, at + 1_000 + random.below(span));
    add(at, randomFault(random, nodes, free, at, until));
  }
  return faults.sort((a, b) => a.at - b.at);
}

/** Few names and keys, so that slots are closed, opened anew and told again meanwhile. */
function randomChurn(
  random: Random,
  nodes: readonly NodePlan[],
  startedBy: number,
  healAt: number,
): Scenario['faults'][number][] {
  const count = chance(random, 0.5) ? 0 : 1 + random.below(24);
  return Array.from({ length: count }, () => {
    const at = startedBy + random.below(healAt - startedBy);
    return { at, fault: { kind: 'churn', id: pick(random, nodes).id, input: churn(random) } };
  });
}

function churn(random: Random): Input {
  const labelValues = [pick(random, ['a', 'b', 'c'])];
  const name = `container${random.below(2)}`;
  const key = `fact${random.below(3)}`;
  const priority = pick(random, [1, 5, 10, 200]);
  switch (pick(random, ['open', 'open', 'end', 'fact', 'fact', 'end_fact'] as const)) {
    case 'open': {
      const unit = pick(random, ['B', 'B', '%']);
      const definition = { ...STORAGE, name, unit, priority, labelNames: ['name'] };
      return { type: 'define', definition, labelValues };
    }
    case 'end':
      return { type: 'end_metrics', names: [`${name}{name="${labelValues[0]}"}`] };
    case 'end_fact':
      return { type: 'end_fact', key };
    case 'fact': {
      const isKept = chance(random, 0.4);
      // Lasting, over by the time that all has healed, or long after.
      const ttlMs = pick(random, [0, 2_000, HOUR_MS]);
      const told = { key, value: String(random.below(1_000)), priority, isKept };
      return { type: 'fact', ...told, ...(ttlMs > 0 && { ttlMs }) };
    }
  }
}

function randomFault(
  random: Random,
  nodes: readonly NodePlan[],
  free: NodePlan[],
  at: number,
  until: number,
): Fault {
  const { id } = pick(random, nodes);
  const kinds = ['partition', 'crash', 'crash', 'leave', 'stall', 'clock', 'define', 'urgent'];
  const kind = pick(random, kinds);
  if (kind === 'crash' || kind === 'leave') {
    const victim = free.pop();
    if (victim === undefined) return { kind: 'urgent', id };
    // The first seed comes back, or nobody could find who restarts with an empty disk.
    const stays = victim.id !== 'n1' && chance(random, 0.3);
    const forever = stays ? Number.POSITIVE_INFINITY : until;
    if (kind === 'leave') return { kind, id: victim.id, until: forever };
    return crash(random, victim, forever);
  }
  if (kind === 'partition') {
    const side = sample(random, nodes, 1 + random.below(nodes.length - 1)).map((n) => n.id);
    return { kind, side, symmetric: chance(random, 0.7), until };
  }
  if (kind === 'stall') return { kind, id, forMs: Math.min(until - at, 300 + random.below(8_000)) };
  if (kind === 'clock') return { kind, id, jumpMs: (random.next() - 0.5) * 2 * HOUR_MS };
  if (kind === 'define') return { kind, id, definition: userMetric(random) };
  return { kind: 'urgent', id };
}

/**
 * Without disk and with its clock set back a node cannot know its past; it then keeps its address,
 * for at another one it would rightly be taken for a second node of the same id.
 */
function crash(random: Random, { id, address }: NodePlan, until: number): Fault {
  const keepDisk = chance(random, 0.6);
  const clockJumpMs = chance(random, 0.3) ? (random.next() - 0.5) * 2 * HOUR_MS : 0;
  // Everybody's first seed keeps its address, as seeds do.
  const movable = id !== 'n1' && address !== '';
  const newAddress = movable && (keepDisk || clockJumpMs >= 0) && chance(random, 0.3);
  const vanish = chance(random, 0.5);
  return { kind: 'crash', id, keepDisk, vanish, until, newAddress, clockJumpMs };
}

const badNetwork = (random: Random): NetworkFaults => ({
  loss: random.next() * 0.5,
  duplication: random.next() * 0.4,
  minDelayMs: 0.2,
  // Beyond the time-out of an exchange, so that answers come too late as well.
  maxDelayMs: pick(random, [5, 100, 900]),
});

/** Priority 255 shares the range with the record's own lane. */
const userMetric = (random: Random): MetricDefinition => ({
  ...STORAGE,
  name: `user${random.below(1_000)}`,
  unit: 'jobs',
  description: 'Jobs waiting',
  priority: pick(random, [1, 3, 7, 10, 120, 255]),
  delta: { kind: 'absolute', change: 1 + random.below(10) },
});
