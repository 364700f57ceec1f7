// What strangers may send to /gossip of a live node: each is refused by name and counted, and the
// node lives on.

import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createEngine } from '../../node/core/engine.ts';
import { createRandom } from '../../node/core/random.ts';
import { DEFAULT_SETTINGS } from '../../node/core/settings.ts';
import { encodeMessage } from '../../node/core/wire/encode.ts';
import { type Command, endEverything, expectNoStack, run, untilSaid } from './support/commands.ts';
import { readyAt, stateAt } from './support/fleet.ts';

let node: Command;
let url = '';

/** What a node of that cluster says first to its seed. */
export function greeting(cluster: string, id = 'stranger'): Uint8Array {
  const engine = createEngine(
    {
      settings: { ...DEFAULT_SETTINGS, cluster },
      random: createRandom(1),
      id,
      generation: 1,
      address: '',
      definitions: [],
      seeds: ['http://seed'],
    },
    0,
  );
  const effects = engine.handle({ type: 'wake' }, engine.nextWakeAt());
  const send = effects.find((effect) => effect.type === 'send');
  if (send?.type !== 'send') throw new Error('the engine sent nothing');
  return encodeMessage(send.message);
}

const gossip = (body: Uint8Array): Promise<Response> =>
  fetch(`${url}/gossip`, { method: 'POST', body: new Uint8Array(body) });

const refusedBy = async (code: string): Promise<number> =>
  (await readyAt(url)).gossip.refused[code] ?? 0;

export function describeHostileGossip(): void {
  describe('POST /gossip of a live node', () => {
    beforeAll(async () => {
      node = run('node', '--id', 'n1', '--port', '0', '--no-storage');
      await untilSaid(node, /answers at/, 10_000);
      url = /http:\S+/.exec(node.out())?.[0] ?? '';
    });
    afterAll(endEverything);
    specifyRefusals();
    specifyNoise();
  });
}

const otherVersion = (): Uint8Array => {
  const body = greeting('priomon');
  // The version follows the byte that opens the outermost array.
  return body.with(1, 99);
};

function specifyRefusals(): void {
  it('answers a message that is sound', async () => {
    const response = await gossip(greeting('priomon'));
    expect(response.status).toBe(200);
    expect((await response.arrayBuffer()).byteLength).toBeGreaterThan(0);
  });

  it.each<[string, () => Uint8Array, number, string]>([
    ['a truncated body', () => greeting('priomon').slice(0, -3), 400, 'malformed'],
    ['an empty body', () => new Uint8Array(), 400, 'malformed'],
    ['a body beyond the limit', () => randomBytes(200_000), 413, 'too_large'],
    ['another wire version', otherVersion, 426, 'unknown_version'],
    ['another cluster', () => greeting('foreign'), 409, 'foreign_cluster'],
  ])('refuses %s by name, and counts it', async (_, body, status, code) => {
    const before = await refusedBy(code);
    const response = await gossip(body());
    expect(response.status).toBe(status);
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    expect(await response.json()).toMatchObject({
      status,
      code,
      title: expect.any(String),
      detail: expect.stringMatching(/[a-z].*\.$/),
    });
    expect(await refusedBy(code)).toBe(before + 1);
  });
}

function specifyNoise(): void {
  it('refuses a node whose id cannot be shown, and its page answers', async () => {
    const before = await refusedBy('malformed');
    expect((await gossip(greeting('priomon', 'n\ud800'))).status).toBe(400);
    expect(await refusedBy('malformed')).toBe(before + 1);
    expect((await fetch(url)).status).toBe(200);
    expect(Object.keys((await stateAt(url)).nodes)).not.toContain('n\ud800');
  });

  it('outlives random bytes and sound messages with random faults', async () => {
    const sound = greeting('priomon');
    for (let i = 0; i < 300; i++) {
      const body =
        i % 2 === 0 ? randomBytes(i) : sound.with(i % sound.length, randomBytes(1)[0] ?? 0);
      const response = await gossip(body);
      expect([200, 400, 409, 413, 426]).toContain(response.status);
      await response.arrayBuffer();
    }
    expect((await readyAt(url)).ready).toBe(true);
    expect((await stateAt(url)).nodes.n1?.status).toBe('alive');
    expectNoStack(node.error());
    expect(node.error()).not.toContain('fault');
  });
}
