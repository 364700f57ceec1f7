// What is let in, and what is reported of the rest.

import { describe, expect, it } from 'vitest';
import { hashText } from '../../node/core/hash.ts';
import { encodeMessage } from '../../node/core/wire/encode.ts';
import { createCallSigner, type Recipient } from '../../node/signing/call.ts';
import { createGate, type GateOptions } from '../../node/signing/gate.ts';
import { bytes, KEY, messageOf, NOON_MS, OTHER_KEY, outcomeOf, signerOf, text } from './support.ts';

const SELF: Recipient = { cluster: 'test', id: 'n1', generation: 7 };
const TOKEN = 'an-admin-token-of-24-char';
const LEAVE = { method: 'POST', path: '/leave', query: '', body: bytes('{}') };

function gateOf(options: Partial<GateOptions> = {}) {
  const time = { now: 0 };
  const reports: [subject: string, sentence: string][] = [];
  const gate = createGate({
    clock: { monotonicMs: () => time.now },
    self: () => SELF,
    report: (...report) => reports.push(report),
    ...options,
  });
  return { gate, reports, time };
}

/** A message as nodes of a cluster of that name send it. */
const messageIn = (cluster: string): Uint8Array =>
  encodeMessage({ kind: 'ping', cluster: hashText(cluster), from: 1, target: 2 });

describe('gossip at the gate', () => {
  it('passes as it is where there is no secret', async () => {
    const { gate, reports } = gateOf();
    const opened = messageOf(await gate.openGossip(bytes('plain'), '10.0.0.7'));
    expect(text(opened.message)).toBe('plain');
    expect(text(await opened.seal(bytes('answer')))).toBe('answer');
    expect(reports).toEqual([]);
  });

  it('that is sealed is refused where there is no secret, and both learn what to set', async () => {
    const { gate, reports } = gateOf();
    const { body } = await (await signerOf('n2')).seal(messageIn('test'));
    expect(await gate.openGossip(body, '10.0.0.7')).toMatchObject({
      isOpen: false,
      refusal: { status: 409, code: 'signed', detail: expect.stringContaining('PRIOMON_SECRET') },
    });
    expect(reports).toEqual([
      [
        'signed 10.0.0.7',
        '10.0.0.7 is refused (signed): it signs its messages, but this node has no secret; ' +
          'set secret (PRIOMON_SECRET) to the same key on every node.',
      ],
    ]);
  });

  it.each([
    ['of another cluster without a seal', {}, false],
    ['of another cluster with the same key', { cluster: 'staging' }, true],
    ['of another cluster with another key', { cluster: 'staging', keys: [OTHER_KEY] }, true],
  ])('%s is called by its name', async (_, options, isSealed) => {
    const { gate, reports } = gateOf({ signer: await signerOf('n1') });
    const message = messageIn('staging');
    const body = isSealed ? (await (await signerOf('n2', options)).seal(message)).body : message;
    expect(outcomeOf(await gate.openGossip(body, '10.0.0.7'))).toBe('foreign_cluster');
    expect(reports.at(-1)?.[1]).toMatch(
      /^10\.0\.0\.7 is refused .* another cluster than test; give/,
    );
  });

  it('of another cluster that is sealed is named so where there is no secret', async () => {
    const { gate } = gateOf();
    const stranger = await signerOf('n2', { cluster: 'staging' });
    const { body } = await stranger.seal(messageIn('staging'));
    expect(outcomeOf(await gate.openGossip(body, 'x'))).toBe('foreign_cluster');
  });

  it('of the same cluster is refused for its own reason', async () => {
    const { gate } = gateOf({ signer: await signerOf('n1') });
    const stranger = await signerOf('n2', { keys: [OTHER_KEY] });
    const { body } = await stranger.seal(messageIn('test'));
    expect(outcomeOf(await gate.openGossip(body, 'x'))).toBe('wrong_key');
    expect(outcomeOf(await gate.openGossip(messageIn('test'), 'x'))).toBe('unsigned');
  });

  it('refused further in is reported only when an operator has to act', () => {
    const { gate, reports } = gateOf();
    gate.warn({ code: 'malformed', detail: 'It is no message.' }, '10.0.0.7');
    expect(reports).toEqual([]);
    gate.warn({ code: 'unknown_version', detail: 'Run the same release.' }, '10.0.0.7');
    expect(reports).toEqual([
      ['unknown_version 10.0.0.7', expect.stringContaining('Run the same release.')],
    ]);
  });
});

describe('strangers', () => {
  it('from however many hosts make few subjects to report', async () => {
    const { gate, reports, time } = gateOf({ signer: await signerOf('n1') });
    for (let i = 0; i < 1_000; i++) {
      time.now += 10;
      await gate.openGossip(bytes(`stranger ${i}`), `10.0.${i >> 8}.${i & 255}`);
    }
    expect(new Set(reports.map(([subject]) => subject))).toEqual(
      new Set([...[0, 1, 2, 3].map((i) => `unsigned 10.0.0.${i}`), 'unsigned others']),
    );
  });

  it('are named again once the first were silent for long', async () => {
    const { gate, reports, time } = gateOf({ signer: await signerOf('n1') });
    for (let i = 0; i < 5; i++) await gate.openGossip(bytes('x'), `10.0.0.${i}`);
    time.now += 300_001;
    await gate.openGossip(bytes('x'), '10.0.0.9');
    expect(reports.at(-1)?.[0]).toBe('unsigned 10.0.0.9');
  });
});

describe('a call that is to change something', () => {
  const signed = async (
    to: Partial<Recipient> = {},
    { key = KEY, timeMs = NOON_MS, call = LEAVE } = {},
  ): Promise<string> => (await createCallSigner(key, 'ops@desk'))(call, { ...SELF, ...to }, timeMs);

  const codeOf = async (
    authorization: string,
    options: Partial<GateOptions>,
    call = LEAVE,
  ): Promise<string> => {
    const refusal = await gateOf(options).gate.refuseCall(call, authorization, '127.0.0.1');
    return refusal?.code ?? 'let in';
  };

  it('needs nothing where there is neither secret nor token', async () => {
    expect(await codeOf('', {})).toBe('let in');
  });

  it('needs the token where there is one, from everywhere', async () => {
    expect(await codeOf(`Bearer ${TOKEN}`, { adminToken: TOKEN })).toBe('let in');
    expect(await codeOf(`bearer ${TOKEN}`, { adminToken: TOKEN })).toBe('let in');
    expect(await codeOf('', { adminToken: TOKEN })).toBe('unsigned');
    for (const wrong of [TOKEN.slice(1), `${TOKEN}x`, TOKEN.toUpperCase(), `${TOKEN} ${TOKEN}`]) {
      expect(await codeOf(`Bearer ${wrong}`, { adminToken: TOKEN })).toBe('wrong_token');
    }
  });

  it('needs a signature or the token where there is a secret', async () => {
    const signer = await signerOf('n1');
    expect(await codeOf(await signed(), { signer })).toBe('let in');
    expect(await codeOf(`Bearer ${TOKEN}`, { signer, adminToken: TOKEN })).toBe('let in');
    // No token is set, so none is right.
    expect(await codeOf(`Bearer ${TOKEN}`, { signer })).toBe('unsigned');
    expect(await codeOf('Bearer ', { signer })).toBe('unsigned');
    expect(await codeOf(`Bearer ${KEY}`, { signer, adminToken: TOKEN })).toBe('wrong_token');
    expect(await codeOf('', { signer })).toBe('unsigned');
    expect(await codeOf(await signed({}, { key: OTHER_KEY }), { signer })).toBe('wrong_key');
  });

  it('says what it needs', async () => {
    const { gate } = gateOf({ signer: await signerOf('n1'), adminToken: TOKEN });
    expect(await gate.refuseCall(LEAVE, '', '127.0.0.1')).toMatchObject({
      status: 401,
      detail:
        "POST /leave needs a signature by the cluster's secret (PRIOMON_SECRET) or " +
        '`Authorization: Bearer` with the admin_token (PRIOMON_ADMIN_TOKEN).',
    });
  });

  it('counts once, at one run of one node, within the tolerance', async () => {
    const signer = await signerOf('n1');
    const once = await signed();
    expect(await codeOf(once, { signer })).toBe('let in');
    expect(await codeOf(once, { signer })).toBe('replayed');
    expect(await codeOf(await signed({ id: 'n2' }), { signer })).toBe('other_recipient');
    expect(await codeOf(await signed({ generation: 6 }), { signer })).toBe('other_recipient');
    expect(await codeOf(await signed({ cluster: 'test2' }), { signer })).toBe('wrong_key');
    const late = await signed({}, { timeMs: NOON_MS - 120_001 });
    expect(await codeOf(late, { signer })).toBe('clock_off');
  });

  it('is refused when anything of it is another: method, path, query, body or header', async () => {
    const signer = await signerOf('n1');
    const header = await signed();
    for (const change of [
      { method: 'PUT' },
      { path: '/metrics' },
      { path: '/leave/' },
      { query: 'a=b' },
      { body: bytes('{ }') },
      // The same bytes in all, shared out otherwise.
      { path: '/leav', query: 'e' },
    ]) {
      expect(await codeOf(header, { signer }, { ...LEAVE, ...change })).toBe('wrong_key');
    }
    for (const [part, other] of [
      ['ops@desk', 'ops@des'],
      [`time=${NOON_MS}`, `time=${NOON_MS + 1}`],
      [/nonce=./, 'nonce=x'],
      [/nonce=(.)/, (_: string, digit: string) => `nonce=${digit === '0' ? '1' : '0'}`],
      [/mac=(.)/, (_: string, digit: string) => `mac=${digit === '0' ? '1' : '0'}`],
      ['generation=7', 'generation=8'],
    ] as const) {
      const altered = header.replace(part, other as string);
      expect(altered).not.toBe(header);
      expect(await codeOf(altered, { signer })).not.toBe('let in');
    }
    expect(await codeOf(header, { signer })).toBe('let in');
  });

  it('cannot be turned to another node or run by its header alone', async () => {
    const signer = await signerOf('n1');
    const ofOther = (await signed({ id: 'n2' })).replace('node=n2', 'node=n1');
    expect(await codeOf(ofOther, { signer })).toBe('wrong_key');
    const ofEarlier = (await signed({ generation: 6 })).replace('generation=6', 'generation=7');
    expect(await codeOf(ofEarlier, { signer })).toBe('wrong_key');
  });

  it('is reported by host, not by what it says', async () => {
    const { gate, reports } = gateOf({ signer: await signerOf('n1') });
    for (let i = 0; i < 50; i++) await gate.refuseCall(LEAVE, `Bearer ${i}`, '10.0.0.7');
    expect(new Set(reports.map(([subject]) => subject))).toEqual(
      new Set(['call_unsigned 10.0.0.7']),
    );
  });
});
