// What a node's process reports reaches the sink of the experiment as it was seen.

import { expect, it } from 'vitest';
import {
  createRecorder,
  replaySeen,
  type Seen,
} from '../../../node/experiment/emulation/reports.ts';
import type {
  Copied,
  MemberSeen,
  RoundSeen,
  Sink,
} from '../../../node/experiment/measures/sink.ts';

const COPY: Copied = { owner: 1, generation: 7, metric: 0, version: 3, bytes: 9 };
const MEMBER: MemberSeen = { subject: 2, generation: 7, status: 'dead' };
const TOLD = { owner: 1, generation: 7, metric: 0, version: 3, value: 1.25, from: 2 };
const ROUND: RoundSeen = {
  ...{ round: 4, lengthMs: 1_000, newNodes: 1, newEntries: 2, duplicates: 0 },
  ...{ messages: 2, sentBytes: 300, receivedBytes: 280 },
};

/** Writes down every call. */
function createWriter() {
  const calls: unknown[][] = [];
  const write =
    (name: keyof Sink) =>
    (...given: unknown[]): void => {
      calls.push([name, ...given]);
    };
  const sink: Sink = {
    sampled: write('sampled'),
    told: write('told'),
    copied: write('copied'),
    received: write('received'),
    member: write('member'),
    round: write('round'),
  };
  return { sink, calls };
}

/** As it goes from process to process. */
const sent = (seen: Seen[]): Seen[] => JSON.parse(JSON.stringify(seen));

it('carries every kind of observation over to another process', () => {
  const recorder = createRecorder();
  const { sink, calls } = createWriter();
  recorder.sink.sampled(0, 1, [50, 2.5]);
  recorder.sink.told(0, 2, TOLD);
  recorder.sink.member(0, 3, MEMBER);
  recorder.sink.round(0, 4, ROUND);
  recorder.sink.copied(0, 5, COPY);
  recorder.sink.received(0, 6, 1, 2);
  for (const seen of sent(recorder.drain())) replaySeen(sink, 5, seen);
  expect(calls).toEqual([
    ['sampled', 5, 1, [50, 2.5]],
    ['told', 5, 2, TOLD],
    ['member', 5, 3, MEMBER],
    ['round', 5, 4, ROUND],
    ['copied', 5, 5, COPY],
    ['received', 5, 6, 1, 2],
  ]);
});

it('adds up copies of one entry and receipts of one metric, and loses none', () => {
  const recorder = createRecorder();
  const { sink, calls } = createWriter();
  for (const at of [1, 2, 3]) recorder.sink.copied(0, at, { ...COPY });
  recorder.sink.copied(0, 4, { ...COPY, version: 4 });
  for (const at of [1, 2]) recorder.sink.received(0, at, 0, 2);
  const seen = recorder.drain();
  expect(seen).toHaveLength(3);
  for (const one of seen) replaySeen(sink, 0, one);
  expect(calls.filter(([name]) => name === 'copied')).toHaveLength(4);
  expect(calls).toContainEqual(['received', 0, 1, 0, 4]);
});

it('tells nothing twice', () => {
  const recorder = createRecorder();
  recorder.sink.received(0, 1, 0, 2);
  recorder.drain();
  expect(recorder.drain()).toEqual([]);
});
