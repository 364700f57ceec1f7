// What a node costs on Deno against Node.js: the same code under the same load.

import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import type { Benchmark, Context, Row } from '../benchmark.ts';
import { settle } from '../support/cluster.ts';
import { type MemoryUse, readMemory } from '../support/machine.ts';
import {
  RUNTIMES,
  type Runtime,
  type RuntimeNode,
  startRuntimeNode,
} from '../support/runtime-node.ts';
import { median } from '../support/statistics.ts';

const NODES = 4;
/** Some 120 exchanges a second: next to them sampling once a second hardly counts. */
const LOAD = ['--round', '100ms', '--max-round', '100ms', '--target-count', '3'];
const WARM_UP_MS = 5_000;

interface Measured {
  readonly exchangeMs: number[];
  readonly startSeconds: number[];
  readonly memory: MemoryUse[];
}

export const deno: Benchmark = {
  name: 'deno',
  title: 'A node on Deno and on Node.js',
  async run(context) {
    const measured = new Map<string, Measured>(
      RUNTIMES.map(({ name }) => [name, { exchangeMs: [], startSeconds: [], memory: [] }]),
    );
    // In turn, so that whatever else this machine does meets both.
    for (let run = 0; run < (context.isQuick ? 2 : 5); run++) {
      for (const runtime of RUNTIMES) {
        const into = measured.get(runtime.name);
        if (into !== undefined) await measure(context, runtime, into);
      }
    }
    const rows = [...measured].flatMap(([name, one]) => rowsOf(name, one));
    return [...rows, comparison(measured)];
  },
};

async function measure(context: Context, runtime: Runtime, into: Measured): Promise<void> {
  const nodes: RuntimeNode[] = [];
  try {
    for (let i = 1; i <= NODES; i++) nodes.push(await startOne(context, runtime, i));
    await settle(WARM_UP_MS);
    const before = await sumOf(nodes);
    await settle(context.isQuick ? 5_000 : 20_000);
    const after = await sumOf(nodes);
    into.exchangeMs.push((after.cpuMs - before.cpuMs) / (after.exchanges - before.exchanges));
    // The first finds nothing running that would take its time.
    into.startSeconds.push(nodes[0]?.startSeconds ?? Number.NaN);
    into.memory.push(...nodes.map(({ pid }) => readMemory(pid)));
  } finally {
    await Promise.all(nodes.map((node) => node.kill()));
  }
}

function startOne({ basePort, folder }: Context, runtime: Runtime, i: number) {
  const data = mkdtempSync(join(folder, 'runtime-'));
  const joining = i === 1 ? [] : ['--join', `http://127.0.0.1:${basePort + 1}`];
  return startRuntimeNode(runtime, basePort + i, [
    '--id',
    `n${i}`,
    '--data',
    data,
    ...LOAD,
    ...joining,
  ]);
}

async function sumOf(nodes: readonly RuntimeNode[]) {
  const exchanges = await Promise.all(nodes.map((node) => node.exchanges()));
  const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
  return { exchanges: sum(exchanges), cpuMs: sum(nodes.map((node) => node.cpuMs())) };
}

const rowsOf = (name: string, { exchangeMs, startSeconds, memory }: Measured): Row[] => [
  {
    what: `${name}: processor time an exchange, both sides`,
    values: exchangeMs,
    unit: 'ms',
    note: `${NODES} nodes, rounds of 100 ms, three exchanges each, storing; as scripts start them`,
  },
  { what: `${name}: start to ready`, values: startSeconds, unit: 's', aim: 1 },
  { what: `${name}: memory a node (RSS)`, values: memory.map(({ rssMb }) => rssMb), unit: 'MB' },
];

function comparison(measured: ReadonlyMap<string, Measured>): Row {
  const of = (name: string): number => median(measured.get(name)?.exchangeMs ?? []);
  return {
    what: 'Deno: processor time an exchange, in % of what Node.js takes',
    values: [(100 * of('Deno')) / of('Node.js')],
    unit: '%',
    aim: 120,
    note: 'of the two medians',
  };
}
