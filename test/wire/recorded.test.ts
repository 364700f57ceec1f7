// What earlier releases sent must still be answered and understood: fleets are upgraded a node at
// a time, and both releases speak with one another meanwhile.

import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { MESSAGE_KINDS } from '../../node/core/wire/encode.ts';
import { WIRE_VERSION } from '../../node/core/wire/messages.ts';
import { type Held, type Replayed, replayAnswers, replayRequests } from './replay.ts';
import { answerTo, type SealedExchange } from './sealing.ts';
import type { Recorded } from './story.ts';

interface Recording {
  readonly release: string;
  readonly wireVersion: number;
  readonly messages: readonly Recorded[];
  readonly requestsTo: Readonly<Record<string, Replayed>>;
  readonly answersTo: Readonly<Record<string, Held>>;
  readonly sealed: SealedExchange;
}

const FOLDER = new URL('recorded/', import.meta.url);
const read = (url: URL): unknown => JSON.parse(readFileSync(url, 'utf8'));
const recordings = readdirSync(FOLDER).map((name) => read(new URL(name, FOLDER)) as Recording);

it('this release is recorded', () => {
  const { version } = read(new URL('../../package.json', import.meta.url)) as { version: string };
  const own = recordings.find(({ release }) => release === version);
  expect(own?.wireVersion).toBe(WIRE_VERSION);
});

describe.each(recordings.map((recording) => [recording.release, recording] as const))(
  'of release %s',
  (_, { messages, requestsTo, answersTo, sealed }) => {
    it('every kind of message was recorded', () => {
      expect(new Set(messages.map(({ kind }) => kind))).toEqual(new Set(MESSAGE_KINDS));
    });

    it.each(Object.entries(requestsTo))('calls to %s are answered, and believed', (id, then) => {
      expect(replayRequests(messages, id)).toEqual(then);
    });

    it('a sealed call is opened, and answered as its sealer can open it', async () => {
      const { request, answer, sealedAnswer } = sealed;
      expect(await answerTo(sealed, answer)).toEqual({ request, sealedAnswer });
    });

    it.each(Object.entries(answersTo))('answers to %s are understood', (id, then) => {
      expect(Object.keys(then).length).toBeGreaterThan(0);
      expect(replayAnswers(messages, id)).toEqual(then);
    });
  },
);
