// Sealed messages: what opens, what does not, and why it is said not to.

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ANSWER_OVERHEAD, REQUEST_OVERHEAD } from '../../node/signing/envelope.ts';
import {
  bytes,
  KEY,
  messageOf,
  NOON_MS,
  OTHER_KEY,
  outcomeOf,
  signerOf,
  text,
  turned,
} from './support.ts';

const HOUR_MS = 3_600_000;
const pair = () => Promise.all([signerOf('n1'), signerOf('n2')]);

describe('an exchange between nodes of a cluster', () => {
  it('brings any message there, and any answer back', async () => {
    const [asker, answerer] = await pair();
    const body = fc.uint8Array({ maxLength: 300 });
    await fc.assert(
      fc.asyncProperty(body, body, async (message, answer) => {
        const sealed = await asker.seal(message);
        const opened = messageOf(await answerer.open(sealed.body));
        expect([...opened.message]).toEqual([...message]);
        const back = await opened.seal(answer);
        expect([...((await sealed.open(back)) ?? [])]).toEqual([...answer]);
        const added = sealed.body.length - message.length + back.length - answer.length;
        expect(added).toBeLessThanOrEqual(60);
      }),
      { numRuns: 50 },
    );
    expect(REQUEST_OVERHEAD + ANSWER_OVERHEAD).toBe(52);
  });

  it('never looks the same twice', async () => {
    const asker = await signerOf('n1');
    const sealed = await Promise.all(Array.from({ length: 20 }, () => asker.seal(bytes('hi'))));
    expect(new Set(sealed.map(({ body }) => text(body))).size).toBe(20);
  });

  it('begins with a byte that no plain message begins with', async () => {
    const [asker, answerer] = await pair();
    const sealed = await asker.seal(bytes('hi'));
    expect(sealed.body[0]).toBe(0xc1);
    expect((await messageOf(await answerer.open(sealed.body)).seal(bytes('yes')))[0]).toBe(0xc1);
  });
});

describe('a request is refused', () => {
  it('when any bit of it is turned: mark, time, nonce, sender, MAC or message', async () => {
    const asker = await signerOf('n1');
    const { body } = await asker.seal(bytes('cpu is 12'));
    for (let at = 0; at < body.length; at++) {
      const answerer = await signerOf('n2');
      const outcome = outcomeOf(await answerer.open(turned(body, at, at % 4)));
      // The first byte marks what is sealed; the low half of the next belongs to the time.
      expect(outcome, `byte ${at}`).toBe(at === 0 ? 'unsigned' : 'wrong_key');
    }
  });

  it('as of another release when its layout has another version', async () => {
    const [asker, answerer] = await pair();
    const { body } = await asker.seal(bytes('cpu is 12'));
    for (const bit of [4, 5, 6, 7]) {
      expect(outcomeOf(await answerer.open(turned(body, 1, bit)))).toBe('unknown_version');
    }
  });

  it('when it is cut, or has more behind it', async () => {
    const [asker, answerer] = await pair();
    const { body } = await asker.seal(bytes('cpu is 12'));
    for (let length = 0; length < body.length; length++) {
      const expected = length === 0 ? 'unsigned' : 'wrong_key';
      expect(outcomeOf(await answerer.open(body.slice(0, length)))).toBe(expected);
    }
    expect(outcomeOf(await answerer.open(Uint8Array.of(...body, 0)))).toBe('wrong_key');
    expect(outcomeOf(await answerer.open(body))).toBe('open');
  });

  it("when it has another key, or another cluster's name with the same key", async () => {
    const answerer = await signerOf('n2');
    for (const options of [{ keys: [OTHER_KEY] }, { cluster: 'test2' }, { cluster: 'tes' }]) {
      const stranger = await signerOf('n1', options);
      const { body } = await stranger.seal(bytes('t'));
      expect(outcomeOf(await answerer.open(body))).toBe('wrong_key');
    }
  });

  it('when it has no seal, whatever it is', async () => {
    const answerer = await signerOf('n2');
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 100 }), async (body) => {
        const expected = body[0] === 0xc1 ? 'wrong_key' : 'unsigned';
        const outcome = outcomeOf(await answerer.open(body));
        expect(['unknown_version', expected]).toContain(outcome);
        expect(outcome).not.toBe('open');
      }),
    );
  });

  it('when it comes a second time, by each node', async () => {
    const [asker, answerer] = await pair();
    const other = await signerOf('n3');
    const { body } = await asker.seal(bytes('hi'));
    expect(outcomeOf(await answerer.open(body))).toBe('open');
    expect(outcomeOf(await answerer.open(body))).toBe('replayed');
    answerer.clock.now += 119_000;
    expect(outcomeOf(await answerer.open(body))).toBe('replayed');
    expect(outcomeOf(await other.open(body))).toBe('open');
  });

  it('when it was altered, without a place in the memory for the honest one', async () => {
    const [asker, answerer] = await pair();
    const { body } = await asker.seal(bytes('hi'));
    expect(outcomeOf(await answerer.open(turned(body, body.length - 1)))).toBe('wrong_key');
    expect(outcomeOf(await answerer.open(body))).toBe('open');
  });
});

describe('a clock that is off', () => {
  const said = async (offMs: number) => {
    const [asker, answerer] = await pair();
    asker.clock.now += offMs;
    const opened = await answerer.open((await asker.seal(bytes('hi'))).body);
    return opened.isOpen ? 'open' : opened.refusal;
  };

  it('is borne up to the tolerance, to both sides', async () => {
    expect(await said(120_000)).toBe('open');
    expect(await said(-120_000)).toBe('open');
    expect(await said(120_001)).toMatchObject({ status: 401, code: 'clock_off' });
    expect(await said(-120_001)).toMatchObject({ status: 401, code: 'clock_off' });
  });

  it('is told with how much and which way, to both ends', async () => {
    expect(await said(-3 * HOUR_MS - 2 * 60_000)).toMatchObject({
      detail:
        "Your clock says 2026-01-31 08:58 UTC and is 3 h 2 min behind this node's " +
        '(2 min is allowed); set both by NTP.',
      told:
        "has a clock that says 2026-01-31 08:58 UTC, 3 h 2 min behind this node's " +
        '(2 min is allowed); set both by NTP.',
    });
    expect(await said(400 * 24 * HOUR_MS)).toMatchObject({
      detail: expect.stringContaining("is 400 d ahead of this node's"),
    });
    // The largest time of an envelope is a date as well.
    expect(await said(2 ** 44 - 1 - NOON_MS)).toMatchObject({ code: 'clock_off' });
  });

  it('is told only to a peer that knows the key', async () => {
    const [stranger, answerer] = [
      await signerOf('n1', { keys: [OTHER_KEY] }),
      await signerOf('n2'),
    ];
    stranger.clock.now += 3 * HOUR_MS;
    expect(outcomeOf(await answerer.open((await stranger.seal(bytes('hi'))).body))).toBe(
      'wrong_key',
    );
  });
});

describe('an answer is not taken', () => {
  const exchanged = async () => {
    const [asker, answerer] = await pair();
    const sealed = await asker.seal(bytes('hi'));
    const opened = messageOf(await answerer.open(sealed.body));
    return { asker, answerer, sealed, answer: await opened.seal(bytes('yes')) };
  };

  it('when any bit of it is turned, when it is cut, longer or plain', async () => {
    const { sealed, answer } = await exchanged();
    for (let at = 0; at < answer.length; at++) {
      expect(await sealed.open(turned(answer, at, at % 8))).toBeUndefined();
      expect(await sealed.open(answer.slice(0, at))).toBeUndefined();
    }
    expect(await sealed.open(Uint8Array.of(...answer, 0))).toBeUndefined();
    expect(await sealed.open(bytes('yes'))).toBeUndefined();
    expect(text((await sealed.open(answer)) ?? bytes('none'))).toBe('yes');
  });

  it('when it belongs to another request, the same message included', async () => {
    const { asker, answer } = await exchanged();
    expect(await (await asker.seal(bytes('hi'))).open(answer)).toBeUndefined();
  });

  it('when it is a request', async () => {
    const { sealed } = await exchanged();
    expect(await sealed.open(sealed.body)).toBeUndefined();
  });
});

describe('keys that change', () => {
  it('are all believed, and the answer has the key of the request', async () => {
    const both = await signerOf('n2', { keys: [OTHER_KEY, KEY] });
    const old = await signerOf('n1', { keys: [KEY] });
    const sealed = await old.seal(bytes('hi'));
    const answer = await messageOf(await both.open(sealed.body)).seal(bytes('yes'));
    expect(text((await sealed.open(answer)) ?? bytes('none'))).toBe('yes');
    // The first alone signs, and the old node does not know it.
    expect(outcomeOf(await old.open((await both.seal(bytes('hi'))).body))).toBe('wrong_key');
  });

  it('can be replaced in three steps without an exchange lost, in any order', async () => {
    const steps = [[KEY], [KEY, OTHER_KEY], [OTHER_KEY, KEY], [OTHER_KEY]];
    const nodes = await Promise.all(['n1', 'n2', 'n3'].map((id) => signerOf(id)));
    const everyPair = async (): Promise<void> => {
      for (const asker of nodes) {
        for (const answerer of nodes) {
          const sealed = await asker.seal(bytes('hi'));
          const opened = messageOf(await answerer.open(sealed.body));
          expect(await sealed.open(await opened.seal(bytes('yes')))).toBeDefined();
        }
      }
    };
    for (const keys of steps) {
      for (const node of nodes.toReversed()) {
        await node.replaceKeys(keys);
        await everyPair();
      }
    }
    const [node] = nodes;
    const before = await signerOf('n4', { keys: [KEY] });
    expect(outcomeOf((await node?.open((await before.seal(bytes('hi'))).body)) as never)).toBe(
      'wrong_key',
    );
  });

  it('stay as they are when the new ones cannot be used', async () => {
    const [asker, answerer] = await pair();
    await expect(answerer.replaceKeys([])).rejects.toMatchObject({ code: 'keys' });
    const nine = Array.from({ length: 9 }, (_, i) => `a-key-of-the-cluster-${i}`);
    await expect(answerer.replaceKeys(nine)).rejects.toThrow(
      'There are 9 keys, but 8 at most are tried',
    );
    expect(outcomeOf(await answerer.open((await asker.seal(bytes('hi'))).body))).toBe('open');
  });
});
