// The deterministic simulator: 1,000 nodes for 60 rounds, and what they would put on a wire.

import { PRIMARY_METRICS, STANDARD_METRICS } from '../../../node/config/metrics.ts';
import { createRandom, type Random } from '../../../node/core/random.ts';
import { DEFAULT_SETTINGS, type ProtocolSettings } from '../../../node/core/settings.ts';
import {
  createSimulation,
  type SimulatedNode,
  type Simulation,
} from '../../../node/experiment/simulator.ts';
import type { Benchmark, Row } from '../benchmark.ts';
import { RIVALS } from '../rivals.ts';

const NODES = 1_000;
const QUICK_NODES = 200;
const ROUNDS = 60;
/** The start is not what a cluster costs: bytes are counted from here on. */
const COUNTED_FROM_ROUND = 30;
/** HTTP, TCP and IP headers of one exchange on a kept connection. */
const HEADER_BYTES = 262;
const SAMPLE_MS = 1_000;
/** Chance that a value leaves its delta behind in one sample: 8 entries a second among 1,000. */
const CHANGE_CHANCE = 0.002;

export const simulator: Benchmark = {
  name: 'simulator',
  title: 'Simulator: 1,000 nodes for 60 rounds on one core',
  async run({ isQuick }) {
    const fixed = { ...DEFAULT_SETTINGS, maxRoundMs: DEFAULT_SETTINGS.roundMs };
    const runs: Run[] = [];
    for (let seed = 1; seed <= (isQuick ? 1 : 3); seed++) {
      runs.push(simulate(seed, isQuick ? QUICK_NODES : NODES, fixed));
    }
    return rowsOf(runs, isQuick ? QUICK_NODES : NODES);
  },
};

interface Run {
  readonly seconds: number;
  /** Of these, until bytes are counted: everybody learns of everybody. */
  readonly startSeconds: number;
  /** Of messages' bodies and headers, per node and second of virtual time. */
  readonly bytesPerSecond: number;
  readonly bodyBytesPerSecond: number;
  readonly publishedPerSecond: number;
}

function simulate(seed: number, nodes: number, settings: ProtocolSettings): Run {
  const startedAt = performance.now();
  const countedFrom = COUNTED_FROM_ROUND * settings.roundMs;
  let bodyBytes = 0;
  let exchanges = 0;
  const simulation = createSimulation({
    seed,
    settings,
    onMessage(_message, bytes) {
      if (simulation.now() >= countedFrom) bodyBytes += bytes;
    },
    onEffect(_node, effect, now) {
      if (effect.type === 'send' && now >= countedFrom) exchanges++;
    },
  });
  addNodes(simulation, nodes, settings);
  simulation.runUntil(countedFrom);
  const startSeconds = (performance.now() - startedAt) / 1_000;
  const publishedBefore = countPublished(simulation);
  const until = ROUNDS * settings.roundMs;
  simulation.runUntil(until);
  const virtualSeconds = (until - countedFrom) / 1_000;
  const each = nodes * virtualSeconds;
  return {
    seconds: (performance.now() - startedAt) / 1_000,
    startSeconds,
    bytesPerSecond: (bodyBytes + exchanges * HEADER_BYTES) / each,
    bodyBytesPerSecond: bodyBytes / each,
    publishedPerSecond: (countPublished(simulation) - publishedBefore) / virtualSeconds,
  };
}

const countPublished = ({ nodes }: Simulation): number =>
  nodes.reduce((sum, { engine }) => sum + (engine?.status().counters.entriesPublished ?? 0), 0);

/** All start within the first round and know the first three. */
function addNodes(simulation: Simulation, nodes: number, { roundMs }: ProtocolSettings): void {
  const definitions = STANDARD_METRICS.filter(({ name }) =>
    PRIMARY_METRICS.some((primary) => primary === name),
  );
  const seeds = ['n1', 'n2', 'n3'].map((id) => `http://${id}`);
  for (let i = 1; i <= nodes; i++) {
    const id = `n${i}`;
    const others = seeds.filter((seed) => seed !== `http://${id}`);
    const node = simulation.addNode(id, definitions, others);
    const startAt = (i / nodes) * roundMs;
    simulation.at(startAt, () => simulation.start(node));
    sampleFrom(simulation, node, startAt, createRandom(simulation.random.below(2 ** 32)));
  }
}

function sampleFrom(
  simulation: Simulation,
  node: SimulatedNode,
  time: number,
  random: Random,
): void {
  const levels = new Map(node.definitions.map(({ name, unit }) => [name, levelsOf(unit, random)]));
  const sampleAt = (at: number): void =>
    simulation.at(at, () => {
      for (const pair of levels.values()) if (random.next() < CHANGE_CHANCE) pair.reverse();
      const readings = [...levels].map(([metric, [value]]) => ({ metric, value }));
      simulation.input(node, { type: 'samples', readings });
      sampleAt(at + SAMPLE_MS);
    });
  sampleAt(time);
}

/** Two values that are further apart than any delta; the first is the present one. */
function levelsOf(unit: string, random: Random): [number, number] {
  const share = 5 + random.below(40);
  return unit === '%' ? [share, share + 50] : [share * 10_000, share * 50_000];
}

function rowsOf(runs: readonly Run[], nodes: number): Row[] {
  const what = `simulator, ${nodes} nodes`;
  const isWhole = nodes === NODES;
  return [
    {
      what: `${what}, ${ROUNDS} rounds: time on one core`,
      values: runs.map(({ seconds }) => seconds),
      unit: 's',
      ...(isWhole && { aim: 20 }),
      note: 'four metrics a node sampled each second, fixed rounds of 1 s, f = 1; seed by seed',
    },
    {
      what: `${what}: of that for the first ${COUNTED_FROM_ROUND} rounds`,
      values: runs.map(({ startSeconds }) => startSeconds),
      unit: 's',
      note: 'everybody starts within the first round, knowing three addresses',
    },
    {
      what: `${what}: bytes a node, headers counted`,
      values: runs.map(({ bytesPerSecond }) => bytesPerSecond),
      unit: 'B/s',
      ...(isWhole && { aim: 1_500, rival: RIVALS.bytes1000 }),
      note:
        `second half of the run; ${HEADER_BYTES} bytes of HTTP, TCP and IP for each exchange ` +
        'added to the encoded messages',
    },
    {
      what: `${what}: bytes a node, bodies only`,
      values: runs.map(({ bodyBytesPerSecond }) => bodyBytesPerSecond),
      unit: 'B/s',
    },
    {
      what: `${what}: entries published by all`,
      values: runs.map(({ publishedPerSecond }) => publishedPerSecond),
      unit: '/s',
    },
  ];
}
