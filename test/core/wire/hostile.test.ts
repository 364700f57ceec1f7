// Bodies made to hurt: none takes memory beyond its own length or reaches what it should not.

import { describe, expect, it } from 'vitest';
import { decodeMessage } from '../../../node/core/wire/decode.ts';
import { encodeMessage } from '../../../node/core/wire/encode.ts';
import {
  LIMITS,
  MAX_MESSAGE_BYTES,
  WIRE_VERSION,
  type WireEntry,
} from '../../../node/core/wire/messages.ts';
import { aliveUpdate, metric, REQUEST, refusalOf, sendsOf, startEngine } from '../support.ts';

describe('hostile bodies', () => {
  /** `new Array(n)` of the library takes eight bytes an item at once. */
  const HARMLESS_BYTES = 32 * 2 ** 20;

  function refusedWithin(bytes: Uint8Array): void {
    const before = process.memoryUsage().rss;
    expect(refusalOf(() => decodeMessage(bytes)).code).toBe('malformed');
    expect(process.memoryUsage().rss - before).toBeLessThan(HARMLESS_BYTES);
  }

  it('cannot claim four thousand million items', () => {
    refusedWithin(new Uint8Array([0xdd, 0xff, 0xff, 0xff, 0xff]));
    refusedWithin(new Uint8Array([0x95, WIRE_VERSION, 0, 0xdd, 0xff, 0xff, 0xff, 0xff]));
  });

  it('cannot claim lists inside lists that take gigabytes together', () => {
    const levels = 3_000;
    const bytes = new Uint8Array(levels * 3);
    for (let level = 0; level < levels; level++) bytes.set([0xdc, 0xff, 0xff], level * 3);
    refusedWithin(bytes);
  });

  it('cannot claim a text or binary of four thousand million bytes', () => {
    refusedWithin(new Uint8Array([0x91, 0xdb, 0xff, 0xff, 0xff, 0xff]));
    refusedWithin(new Uint8Array([0x91, 0xc6, 0xff, 0xff, 0xff, 0xff]));
  });

  it('cannot exhaust the stack with depth', () => {
    refusedWithin(new Uint8Array(MAX_MESSAGE_BYTES).fill(0x91));
  });

  it('cannot exceed what a field may hold', () => {
    const said = aliveUpdate('n1');
    const send = (update: typeof said): Uint8Array =>
      encodeMessage({ ...REQUEST, updates: [update] });
    const long = (length: number): string => 'x'.repeat(length + 1);
    for (const bad of [
      { id: '' },
      { id: long(LIMITS.idLength) },
      { address: long(LIMITS.addressLength) },
      { leave: { reason: long(LIMITS.reasonLength) } },
      { confirmers: Array.from({ length: 17 }, (_, key) => key) },
      { incarnation: 2 ** 32 },
    ]) {
      expect(refusalOf(() => decodeMessage(send({ ...said, ...bad }))).code).toBe('malformed');
    }
  });

  it('cannot exceed what a slot may hold: its index, its openings, its card and its value', () => {
    const series = { definitionKey: 1, priority: 5, labelValues: [] };
    const fact = { key: 'k', priority: 5, ttlMs: 100, isKept: false, origin: undefined };
    const sendEntry = (entry: Partial<WireEntry>): Uint8Array => {
      const told = { index: -1, version: 1, ageMs: 0, value: series, ...entry };
      return encodeMessage({ ...REQUEST, chunks: [{ ref: 0, from: 0, to: 1, entries: [told] }] });
    };
    const last = { index: -LIMITS.slots, opening: LIMITS.openings };
    expect(() => decodeMessage(sendEntry(last))).not.toThrow();
    expect(() => decodeMessage(sendEntry({ ...last, value: null }))).not.toThrow();
    const value = { ...last, index: LIMITS.slots, value: 1 };
    expect(() => decodeMessage(sendEntry(value))).not.toThrow();
    const bytes = 'ö'.repeat(LIMITS.factBytes / 2);
    expect(() => decodeMessage(sendEntry({ index: 1, value: bytes }))).not.toThrow();
    for (const bad of [
      { index: -LIMITS.slots - 1 },
      { index: 256, value: 1 },
      { index: 256, opening: 3, value: 1 },
      { opening: LIMITS.openings + 1 },
      { opening: LIMITS.openings + 1, value: null },
      { ...value, opening: LIMITS.openings + 1 },
      // A list says that a value is stale, and holds nothing else.
      { index: 1, value: series },
      { index: 1, value: 0.5 },
      { index: 1, value: `${bytes}x` },
      { value: { ...series, priority: 0 } },
      { value: { ...series, priority: 256 } },
      { value: { ...series, definitionKey: 2 ** 32 } },
      { value: { ...series, labelValues: ['ö'.repeat(LIMITS.labelValueBytes / 2 + 1)] } },
      { value: { ...series, labelValues: Array<string>(LIMITS.metricLabels + 1).fill('x') } },
      { value: { ...fact, priority: 0 } },
      { value: { ...fact, key: 'x'.repeat(LIMITS.factKeyLength + 1) } },
      { value: { ...fact, origin: { author: 'x'.repeat(65), generation: 1, version: 1 } } },
      { value: { ...fact, origin: { author: 'x', generation: 2 ** 53, version: 1 } } },
    ]) {
      const refusal = refusalOf(() => decodeMessage(sendEntry(bad)));
      expect(refusal.code, JSON.stringify(bad)).toBe('malformed');
    }
  });

  it('cannot define a metric that makes values infinite or NaN', () => {
    for (const bad of [
      { resolution: 0 },
      { resolution: -1 },
      { resolution: Number.NaN },
      { resolution: 1e293 },
      { priority: 0 },
      { priority: 256 },
      { delta: { kind: 'absolute', change: Number.POSITIVE_INFINITY } as const },
    ]) {
      const bytes = encodeMessage({ ...REQUEST, definitions: [metric('cpu', bad)] });
      expect(refusalOf(() => decodeMessage(bytes)).code).toBe('malformed');
    }
  });

  it('cannot reach a prototype through the name of a label', () => {
    const labels = Object.assign(Object.create(null), { ['__proto__']: 'x', constructor: 'y' });
    const entries = [{ index: 0, version: 1, ageMs: 0, value: { labels } }];
    const chunks = [{ ref: 0, from: 0, to: 1, entries }];
    const read = decodeMessage(encodeMessage({ ...REQUEST, chunks }));
    const [entry] = read.kind === 'exchange' ? (read.chunks[0]?.entries ?? []) : [];
    const value = entry?.value;
    if (typeof value !== 'object' || value === null || !('labels' in value)) {
      throw new Error('no labels');
    }
    const told = value.labels;
    expect(Object.entries(told)).toEqual([
      ['__proto__', 'x'],
      ['constructor', 'y'],
    ]);
    expect(Object.getPrototypeOf(told)).toBeNull();
    expect(({} as Record<string, unknown>).x).toBeUndefined();
  });

  it('cannot plant an age that, once it has grown, no peer would read', () => {
    const entries = [{ index: 1, version: 1, ageMs: 2 ** 32 * 100 + 5_000, value: 1 }];
    const updates = [aliveUpdate('n1', { ageMs: 2 ** 40 })];
    const sent = { ...REQUEST, updates, chunks: [{ ref: 0, from: 0, to: 1, entries }] };
    expect(decodeMessage(encodeMessage(sent))).toMatchObject({
      chunks: [{ entries: [{ ageMs: 0xffffffff * 100 }] }],
      updates: [{ ageMs: 0xffffffff * 100 }],
    });
  });
});

describe('an address that leads elsewhere than to a node', () => {
  const metadata = 'http://169.254.169.254:80';

  /** An engine that was told so of n2, and what came of it. */
  function told(address: string) {
    const engine = startEngine('n1');
    const updates = [aliveUpdate('n2', { address }), aliveUpdate('n3')];
    const message = { ...REQUEST, cluster: engine.cluster, updates };
    const effects = engine.handle({ type: 'request', token: 1, message }, 10);
    return { engine, effects };
  }

  it('is taken off the update, counted and reported; the rest of the message stands', () => {
    const { engine, effects } = told(metadata);
    expect(engine.view.member('n2')).toMatchObject({ status: 'alive', address: '' });
    expect(engine.view.member('n3')?.address).toBe('http://n3');
    expect(engine.status().counters.addressesRefused).toBe(1);
    const fault = expect.stringContaining('link-local');
    expect(effects).toContainEqual({ type: 'address_refused', id: 'n2', address: metadata, fault });
  });

  it('is never called and never passed on, whatever follows', () => {
    const { engine, effects } = told(metadata);
    for (let at = 20; at < 120_000; at = Math.max(at + 1, engine.nextWakeAt())) {
      effects.push(...engine.handle({ type: 'wake' }, at));
      for (const { exchange } of sendsOf(effects)) {
        effects.push(...engine.handle({ type: 'failure', exchange, failure: 'timeout' }, at));
      }
    }
    expect(sendsOf(effects).map(({ address }) => address)).toContain('http://n3');
    expect(sendsOf(effects).map(({ address }) => address)).not.toContain(metadata);
    const passedOn = effects.flatMap((effect) => ('message' in effect ? [effect.message] : []));
    expect(JSON.stringify(passedOn)).not.toContain('169.254');
  });

  it('changes nothing of a good one that is held', () => {
    const { engine } = told('http://n2');
    const updates = [aliveUpdate('n2', { address: metadata, incarnation: 3 })];
    const message = { ...REQUEST, cluster: engine.cluster, updates };
    engine.handle({ type: 'request', token: 2, message }, 20);
    expect(engine.view.member('n2')).toMatchObject({ incarnation: 3, address: 'http://n2' });
  });

  it('cannot make the node ask there whether its id is taken', () => {
    const engine = startEngine('n1');
    const updates = [aliveUpdate('n1', { generation: 9, address: metadata })];
    const message = { ...REQUEST, cluster: engine.cluster, updates };
    const effects = engine.handle({ type: 'request', token: 1, message }, 10);
    expect(sendsOf(effects)).toEqual([]);
    expect(effects).toContainEqual({ type: 'regenerated', generation: 10 });
  });

  it('of loopback is fine: whole clusters live there', () => {
    expect(told('http://127.0.0.1:4002').engine.view.member('n2')?.address).toBe(
      'http://127.0.0.1:4002',
    );
  });
});
