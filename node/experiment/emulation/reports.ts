// What a node's process tells the one that measures: observations packed into batches, and unpacked
// into a sink again. Copies and receipts are added up, for there are many of them.

import type { Copied, MemberSeen, RoundSeen, Sink, Told } from '../measures/sink.ts';

export type Seen =
  | readonly ['s', at: number, values: readonly number[]]
  | readonly ['t', at: number, told: readonly number[]]
  | readonly ['m', at: number, seen: MemberSeen]
  | readonly ['r', at: number, round: RoundSeen]
  /** Copies of one entry, with the bytes of one. */
  | readonly ['c', at: number, copy: Copied, count: number]
  | readonly ['i', at: number, metric: number, entries: number];

export interface Recorder {
  readonly sink: Sink;
  /** What was seen since the last call. */
  drain(): Seen[];
}

export function createRecorder(): Recorder {
  let seen: Seen[] = [];
  let copies = new Map<string, { at: number; copy: Copied; count: number }>();
  let received = new Map<number, { at: number; entries: number }>();
  return {
    sink: {
      sampled: (_node, at, values) => seen.push(['s', at, values]),
      told(_node, at, { owner, generation, metric, version, value, from }) {
        seen.push(['t', at, [owner, generation, metric, version, value, from]]);
      },
      copied(_node, at, copy) {
        const key = `${copy.owner} ${copy.generation} ${copy.metric} ${copy.version}`;
        const known = copies.get(key);
        if (known === undefined) copies.set(key, { at, copy, count: 1 });
        else known.count++;
      },
      received(_node, at, metric, entries) {
        const known = received.get(metric);
        if (known === undefined) received.set(metric, { at, entries });
        else known.entries += entries;
      },
      member: (_node, at, member) => seen.push(['m', at, member]),
      round: (_node, at, round) => seen.push(['r', at, round]),
    },
    drain() {
      const counted = [...copies.values()].map(
        ({ at, copy, count }): Seen => ['c', at, copy, count],
      );
      const came = [...received].map(
        ([metric, { at, entries }]): Seen => ['i', at, metric, entries],
      );
      const all = [...seen, ...counted, ...came];
      seen = [];
      copies = new Map();
      received = new Map();
      return all;
    },
  };
}

/** Hands one observation of `node` to a sink. */
export function replaySeen(sink: Sink, node: number, seen: Seen): void {
  const at = seen[1];
  switch (seen[0]) {
    case 's':
      return sink.sampled(node, at, seen[2]);
    case 't':
      return sink.told(node, at, toldOf(seen[2]));
    case 'm':
      return sink.member(node, at, seen[2]);
    case 'r':
      return sink.round(node, at, seen[2]);
    case 'c':
      for (let i = 0; i < seen[3]; i++) sink.copied(node, at, seen[2]);
      return;
    case 'i':
      return sink.received(node, at, seen[2], seen[3]);
  }
}

function toldOf(numbers: readonly number[]): Told {
  const [owner, generation, metric, version, value, from] = numbers as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  return { owner, generation, metric, version, value, from };
}
