// What nodes of the wire version before this one sent: all of it is refused, in a sentence that
// names both versions and what to do, and nothing of it reaches the view.

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { DEFAULT_SETTINGS } from '../../node/core/settings.ts';
import { decodeMessage } from '../../node/core/wire/decode.ts';
import { MESSAGE_KINDS } from '../../node/core/wire/encode.ts';
import { WIRE_VERSION } from '../../node/core/wire/messages.ts';
import { createServices } from '../../node/host/services.ts';
import { refusalOf } from '../core/support.ts';
import { createWorld, startFleet } from '../driver/support.ts';

interface Former {
  readonly wireVersion: number;
  /** One of each kind, in hexadecimal. */
  readonly messages: Readonly<Record<string, string>>;
}

const previous = JSON.parse(
  readFileSync(new URL('refused/version-1.json', import.meta.url), 'utf8'),
) as Former;
const messages = Object.entries(previous.messages);
const bytesOf = (hex: string): Uint8Array<ArrayBuffer> => new Uint8Array(Buffer.from(hex, 'hex'));

const { wireVersion } = previous;
const SENTENCE = `the message has wire version ${wireVersion}, this node speaks ${WIRE_VERSION}`;

it('the version before this one is recorded, every kind of message', () => {
  expect(previous.wireVersion).toBe(WIRE_VERSION - 1);
  expect(new Set(messages.map(([kind]) => kind))).toEqual(new Set(MESSAGE_KINDS));
});

describe('a message of the version before', () => {
  it.each(messages)('is refused: %s', (_, hex) => {
    expect(refusalOf(() => decodeMessage(bytesOf(hex)))).toMatchObject({
      ...{ code: 'unknown_version', message: SENTENCE },
    });
  });

  it('is answered in a sentence, is counted, and changes nothing', async () => {
    const world = createWorld();
    const [driver] = await startFleet(world, 1);
    if (driver === undefined) throw new Error('no node');
    const { gossip, stats } = createServices({
      ...{ driver, clock: world.clock, settings: DEFAULT_SETTINGS, admit: () => {} },
      machine: { probes: [] },
      traffic: () => ({ sentBytes: 0, receivedBytes: 0 }),
    } as unknown as Parameters<typeof createServices>[0]);
    const { revision } = driver.view;
    const answer = await gossip(bytesOf(previous.messages.exchange ?? ''), '10.0.0.7');
    expect(answer).toMatchObject({ ok: false, status: 426, code: 'unknown_version' });
    expect('detail' in answer ? answer.detail : '').toBe(
      `T${SENTENCE.slice(1)}; run the same release of PrioMon on both machines.`,
    );
    expect(stats().refused).toMatchObject({ unknown_version: 1 });
    expect(driver.view.revision).toBe(revision);
  });
});
