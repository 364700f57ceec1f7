// What a full view costs: one node is told of members until it has no room for more (`max_view`).

import { join } from 'node:path';
import { definitionKey } from '../../../node/core/data/definitions.ts';
import { hashText, memberKey } from '../../../node/core/hash.ts';
import type { MemberUpdate } from '../../../node/core/membership/member.ts';
import type { MetricDefinition } from '../../../node/core/model.ts';
import { encodeMessage } from '../../../node/core/wire/encode.ts';
import type { Chunk, Message, WireEntry } from '../../../node/core/wire/messages.ts';
import type { Benchmark } from '../benchmark.ts';
import { settle } from '../support/cluster.ts';
import { readMemory } from '../support/machine.ts';
import { RUNTIMES, startRuntimeNode } from '../support/runtime-node.ts';

const MEMBERS = 900;
const METRICS = 250;
/** Entries of so many fit into a message. */
const AT_ONCE = 125;
const GENERATION = 1;

const definitions = Array.from(
  { length: METRICS },
  (_, i): MetricDefinition => ({
    ...{ name: `made_up_${i}`, unit: '', kind: 'gauge', description: 'd', priority: 1 },
    ...{ delta: { kind: 'absolute', change: 1 }, resolution: 1, labelNames: ['a', 'b'] },
  }),
);
const keys = definitions.map(definitionKey);

export const view: Benchmark = {
  name: 'view',
  title: 'memory of a node whose view is full',
  async run({ basePort, folder, isQuick }) {
    const words = ['--id', 'full', '--data', join(folder, 'full')];
    const node = await startRuntimeNode(RUNTIMES[0], basePort, words);
    try {
      await settle(2_000);
      const before = readMemory(node.pid).rssMb;
      for (const message of messages()) await tell(basePort, message);
      await settle(isQuick ? 2_000 : 10_000);
      const values = [readMemory(node.pid).rssMb - before];
      const what = `a full view, ${METRICS} metrics a member whose labels all differ: memory, RSS`;
      const note = `${MEMBERS} members were told, more than there is room for`;
      return [{ what, values, unit: 'MB more', note }];
    } finally {
      await node.kill();
    }
  },
};

function* messages(): Generator<Partial<Message>> {
  for (let i = 0; i < METRICS; i += AT_ONCE) {
    yield { definitions: definitions.slice(i, i + AT_ONCE) };
  }
  for (let member = 0; member < MEMBERS; member++) {
    const id = `made-up-${member}`;
    const statement: MemberUpdate = {
      ...{ id, generation: GENERATION, incarnation: 0, address: '', ageMs: 0 },
      ...{ status: 'alive', confirmers: [], leave: undefined },
    };
    yield { updates: [statement] };
    for (let i = 0; i < METRICS; i += AT_ONCE) yield { chunks: [chunkOf(member, i)] };
  }
}

function chunkOf(member: number, first: number): Chunk {
  const entries: WireEntry[] = [];
  if (first === 0) entries.push({ index: 0, version: 1, ageMs: 0, value: { labels: {} } });
  for (let i = first; i < Math.min(METRICS, first + AT_ONCE); i++) {
    const labelValues = [`${member}`.padEnd(20, 'a'), `${i}`.padEnd(20, 'b')];
    const card = { definitionKey: keys[i] ?? 0, priority: 1, labelValues };
    entries.push({ index: -i - 1, version: 2 + 2 * i, ageMs: 0, value: card });
    entries.push({ index: i + 1, version: 3 + 2 * i, ageMs: 0, value: i });
  }
  const ref = memberKey(`made-up-${member}`, GENERATION);
  const from = first === 0 ? 0 : 1 + 2 * first;
  return { ref, from, to: 1 + 2 * Math.min(METRICS, first + AT_ONCE), entries };
}

async function tell(port: number, cargo: Partial<Message>): Promise<void> {
  const empty = { chunks: [], updates: [], definitions: [] };
  const head = { kind: 'push', cluster: hashText('priomon'), from: 1, byKey: true } as const;
  const message = { ...head, keyRange: undefined, ...empty, ...cargo } as Message;
  const response = await fetch(`http://127.0.0.1:${port}/gossip`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/octet-stream' },
    body: new Uint8Array(encodeMessage(message)),
  });
  if (response.status !== 200) throw new Error(await response.text());
}
