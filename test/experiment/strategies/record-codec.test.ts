// Records in the original's JSON: nothing of a message is lost in them, and they are as long.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CPU, MEMORY, NETWORK, STORAGE } from '../../../node/config/metrics.ts';
import { type Message, WireError } from '../../../node/core/wire/messages.ts';
import { createSimulation } from '../../../node/experiment/simulation/simulator.ts';
import { chooseStrategy } from '../../../node/experiment/strategies/index.ts';
import { createRecordCodec } from '../../../node/experiment/strategies/record-codec.ts';
import { entriesOf, textsOf } from '../../../node/experiment/strategies/record-entries.ts';
import { FIXED, REQUEST, refusalOf } from '../../core/support.ts';

const STANDARD = [CPU, MEMORY, NETWORK, STORAGE];
const CODEC = createRecordCodec(STANDARD);

/** What a cluster under `full` says in twenty rounds; its nodes have addresses like real ones. */
function captured(): Message[] {
  const messages: Message[] = [];
  const chosen = chooseStrategy('full', 'push-pull', FIXED, STANDARD);
  const simulation = createSimulation({
    ...{ seed: 1, settings: chosen.settings, strategy: chosen.strategy, codec: CODEC },
    onMessage: (message) => messages.push(message),
  });
  for (let i = 1; i <= 8; i++) {
    const seeds = i === 1 ? [] : ['http://192.168.178.101:5000'];
    const node = simulation.addNode(`n${i}`, STANDARD, seeds, chosen.settings);
    node.address = `http://192.168.178.${100 + i}:5000`;
    const sample = (): void => {
      const values = [20.5, 43.7, 1_234_567, 61.2];
      const readings = STANDARD.map(({ name }, k) => ({
        ...{ metric: name, value: (values[k] ?? 0) * (0.9 + simulation.random.next() / 5) },
      }));
      simulation.input(node, { type: 'samples', readings });
      simulation.at(simulation.now() + 1_000, sample);
    };
    simulation.at(i, () => {
      simulation.start(node);
      sample();
    });
  }
  simulation.at(12_000, () => {
    const [, , third] = simulation.nodes;
    if (third !== undefined) simulation.crash(third, { keepDisk: true });
  });
  simulation.runUntil(20_000);
  return messages;
}

const MESSAGES = captured();
const ofKind = (...kinds: Message['kind'][]) => MESSAGES.filter(({ kind }) => kinds.includes(kind));

function decode(bytes: Uint8Array, like: Message): Message {
  if (like.kind === 'answer' || like.kind === 'ack') return CODEC.decodeResponse(bytes);
  return CODEC.decodeRequest(bytes, like.cluster);
}

/** Order is no part of a message, the words are known to all, and ages are whole ms. */
function essence(message: Message): unknown {
  if (!('chunks' in message)) return message;
  const { chunks, updates, definitions: _, ...head } = message;
  const plain = JSON.parse(JSON.stringify(head)) as object;
  return {
    ...plain,
    updates: updates
      .map((said) => JSON.stringify({ ...said, ageMs: Math.round(said.ageMs) }, sortedKeys))
      .sort(),
    chunks: chunks
      .map((chunk) => ({
        ...chunk,
        entries: chunk.entries.map((entry) => ({ ...entry, ageMs: Math.round(entry.ageMs) })),
      }))
      .map((chunk) => JSON.stringify(chunk, sortedKeys))
      .sort(),
  };
}

const sortedKeys = (_: string, value: unknown): unknown =>
  typeof value !== 'object' || value === null || Array.isArray(value)
    ? value
    : Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));

describe('messages of whole records', () => {
  it('are captured in all their kinds', () => {
    expect(ofKind('exchange').length).toBeGreaterThan(100);
    expect(ofKind('answer').length).toBeGreaterThan(100);
    expect(ofKind('push', 'ping', 'ping_request', 'ack').length).toBeGreaterThan(0);
  });

  it('come back as they were sent', () => {
    for (const message of MESSAGES) {
      expect(essence(decode(CODEC.encode(message), message))).toEqual(essence(message));
    }
  });

  it('use definitions that all nodes know, so that none travel', () => {
    const [answer] = ofKind('answer');
    if (answer === undefined) throw new Error('nobody answered');
    const text = new TextDecoder().decode(CODEC.encode(answer));
    expect(text).not.toContain('"definitions":[{');
    expect(decode(CODEC.encode(answer), answer)).toMatchObject({ definitions: STANDARD });
  });
});

interface Envelope {
  readonly records?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

const records = MESSAGES.flatMap((message) => {
  const envelope = JSON.parse(new TextDecoder().decode(CODEC.encode(message))) as Envelope;
  return Object.entries(envelope.records ?? {});
});

describe('a record', () => {
  it('has the fields of the original', () => {
    const [, record] = records[0] ?? [];
    expect(record).toEqual({
      counter: expect.stringMatching(/^\d+$/),
      cycle: expect.stringMatching(/^\d+$/),
      nodeState: { id: expect.any(String), ip: expect.stringMatching(/^192/), port: '5000' },
      hbState: {
        ...{ timestamp: expect.any(String), failureCount: 0, failureList: [] },
        ...{ nodeAlive: true, status: 'alive' },
      },
      digest: expect.any(String),
      appState: {
        ...{ cpu: expect.any(String), memory: expect.any(String) },
        ...{ network: expect.any(String), storage: expect.any(String) },
      },
      metric_sent_flags: { cpu: true, memory: true, network: true, storage: true },
      nfState: {},
    });
  });

  it('has a digest no shorter than the original’s, and what it holds comes back', () => {
    const { digest, ...texts } = textsOf([], STANDARD, '1.2');
    expect(digest).toHaveLength(64);
    expect(entriesOf({ digest, ...texts }, STANDARD)).toEqual({ inside: '1.2', entries: [] });
    expect(Math.min(...records.map(([, record]) => String(record.digest).length))).toBe(64);
  });

  it('takes as many bytes as the original, 475 to 489, with its key and to 2 %', () => {
    const sizes = records.map(([host, record]) => JSON.stringify({ [host]: record }).length - 1);
    const mean = sizes.reduce((sum, size) => sum + size, 0) / sizes.length;
    expect(mean).toBeGreaterThan(475 * 0.98);
    expect(mean).toBeLessThan(489 * 1.02);
  });

  it('is alone with its host: of two members at one address the second travels by itself', () => {
    const [exchange] = ofKind('answer').filter((m) => 'chunks' in m && m.chunks.length > 1);
    if (exchange?.kind !== 'answer') throw new Error('no answer had two records');
    const address = 'http://10.0.0.1:5000';
    const updates = exchange.updates.map((said) => ({ ...said, address }));
    const crowded = { ...exchange, updates };
    expect(essence(decode(CODEC.encode(crowded), crowded))).toEqual(essence(crowded));
  });
});

describe('bytes', () => {
  const bytesOf = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));

  it('of another cluster are refused', () => {
    const bytes = CODEC.encode({ ...REQUEST, byKey: true });
    expect(refusalOf(() => CODEC.decodeRequest(bytes, 8)).code).toBe('foreign_cluster');
    expect(CODEC.decodeRequest(bytes, 7).cluster).toBe(7);
  });

  it.each([
    ['nothing', new Uint8Array()],
    ['no JSON', new TextEncoder().encode('{"kind"')],
    ['nobody', bytesOf(null)],
    ['no message', bytesOf({})],
    ['no records', bytesOf({ kind: 'exchange', cluster: 7 })],
    ['records of nothing', bytesOf({ kind: 'exchange', cluster: 7, records: { a: {} } })],
    ['an unheard-of kind', bytesOf({ kind: 'shout', cluster: 7 })],
    ['an answer', CODEC.encode({ kind: 'ack', from: 1, alive: true })],
  ])('that are %s are malformed where a request is due', (_, bytes) => {
    expect(refusalOf(() => CODEC.decodeRequest(bytes, 7)).code).toBe('malformed');
  });

  it('that are a request are malformed where an answer is due', () => {
    const bytes = CODEC.encode({ ...REQUEST, byKey: true });
    expect(refusalOf(() => CODEC.decodeResponse(bytes)).code).toBe('malformed');
  });

  it('whatever they are do no more harm than a WireError', () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 40 }),
      fc.json().map((text) => new TextEncoder().encode(text)),
      fc
        .record({ kind: fc.constantFrom('answer', 'exchange', 'ack'), records: fc.jsonValue() })
        .map(bytesOf),
    );
    fc.assert(
      fc.property(bytes, (some) => {
        for (const read of [CODEC.decodeResponse, (b: Uint8Array) => CODEC.decodeRequest(b, 7)]) {
          try {
            read(some);
          } catch (error) {
            expect(error).toBeInstanceOf(WireError);
          }
        }
      }),
      { numRuns: 500 },
    );
  });
});
