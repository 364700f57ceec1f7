// What strangers send to a gate: it opens, or it is refused with a sentence.

import fc from 'fast-check';
import { expect } from 'vitest';
import { encodeMessage } from '../../node/core/wire/encode.ts';
import { createCallSigner, readCall } from '../../node/signing/call.ts';
import { readAnswer, readRequest } from '../../node/signing/envelope.ts';
import { createGate } from '../../node/signing/gate.ts';
import { message } from '../core/arbitraries.ts';
import { bytes, KEY, NOON_MS, signerOf } from '../signing/support.ts';
import { fuzz, target } from './fuzz.ts';
import { anyBytes, nearlyBytes, nearlyText, wordOf } from './inputs.ts';

const SELF = { cluster: 'test', id: 'n1', generation: 7 };
const LEAVE = { method: 'POST', path: '/leave', query: '', body: bytes('{}') };
const TOKEN = 'an-admin-token-of-24-char';

const options = { clock: { monotonicMs: () => 0 }, self: () => SELF };
/** Each sentence names who and why, on one line. */
const report = (subject: string, sentence: string): void => {
  expect(`${subject} ${sentence}`).toMatch(/^[^\n\r]+$/);
};
const open = createGate({ ...options, report });
const guarded = createGate({ ...options, report, signer: await signerOf('n1'), adminToken: TOKEN });

const { body: sealed } = await (await signerOf('n2')).seal(
  encodeMessage({ kind: 'ack', from: 1, alive: true }),
);
const authorization = await (await createCallSigner(KEY, 'ann'))(LEAVE, SELF, NOON_MS);

const envelopes = fc.oneof(
  anyBytes(120),
  nearlyBytes(fc.constant(sealed)),
  nearlyBytes(message.map(encodeMessage)),
);

fuzz('an open or a closed gate is the answer to', [
  target('bytes that are nearly an envelope', envelopes, async (body) => {
    readAnswer(body);
    const read = readRequest(body);
    if (read !== undefined) expect(read.mac).toHaveLength(16);
    for (const gate of [open, guarded]) {
      const opened = await gate.openGossip(body, '10.0.0.7');
      if (!opened.isOpen) expect(opened.refusal).toMatchObject({ detail: expect.any(String) });
    }
  }),
  target(
    'words that are nearly an authorization',
    fc.oneof(nearlyText(authorization), nearlyText(`Bearer ${TOKEN}`), wordOf('Bearer', 'Basic x')),
    async (words) => {
      readCall(words);
      const refusal = await guarded.refuseCall(LEAVE, words, '10.0.0.7');
      const isWhole = words === authorization || /^Bearer +an-admin-token-of-24-char$/i.test(words);
      if (!isWhole) expect(refusal).toMatchObject({ detail: expect.any(String) });
    },
  ),
]);
