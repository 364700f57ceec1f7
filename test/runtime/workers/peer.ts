// A peer of the objects under test, in the same process: an engine behind a fetch of ours, signed
// like every node of the cluster.

import { env } from 'cloudflare:workers';
import { vi } from 'vitest';
import type { Effect } from '../../../node/core/effects.ts';
import { createEngine, type Engine } from '../../../node/core/engine.ts';
import { createRandom } from '../../../node/core/random.ts';
import { DEFAULT_SETTINGS } from '../../../node/core/settings.ts';
import { decodeRequest } from '../../../node/core/wire/decode.ts';
import { encodeMessage } from '../../../node/core/wire/encode.ts';
import { createSigner } from '../../../node/signing/signer.ts';
import { CALM, URGENT } from '../../core/support.ts';

export const PEER = 'http://peer.test';

export interface Peer {
  readonly engine: Engine;
  /** Calls it was made, and what it was asked for. */
  readonly calls: string[];
  /** What it saw happen to members. */
  readonly changes: string[];
  /** False: nothing answers at its address. */
  isUp: boolean;
  /** What it answers to GET; nothing that a node would say when absent. */
  answers?: (request: Request) => Response;
}

/** Takes all calls over the network: those to PEER, and `others` by URL; else nothing answers. */
export async function startPeer(
  others: (request: Request) => Response | undefined = () => undefined,
): Promise<Peer> {
  const signer = await createSigner({
    ...{ cluster: DEFAULT_SETTINGS.cluster, id: 'peer', toleranceMs: 365 * 86_400_000 },
    ...{ keys: [String(env.PRIOMON_SECRET)], clock: { wallMs: Date.now } },
  });
  const engine = createEngine(
    {
      ...{ id: 'peer', generation: Date.now(), address: PEER, seeds: [] },
      ...{ settings: DEFAULT_SETTINGS, random: createRandom(1), definitions: [URGENT, CALM] },
      labels: { kind: 'peer' },
    },
    Date.now(),
  );
  const peer: Peer = { engine, calls: [], changes: [], isUp: true };
  const note = (effects: readonly Effect[]): Uint8Array | undefined => {
    for (const effect of effects) {
      if (effect.type === 'member') peer.changes.push(`${effect.id} ${effect.change}`);
      if (effect.type === 'answer') return encodeMessage(effect.message);
    }
    return undefined;
  };
  vi.stubGlobal('fetch', async (input: RequestInfo, init?: RequestInit) => {
    const request = new Request(input, init);
    peer.calls.push(request.url);
    if (!request.url.startsWith(PEER)) return others(request) ?? down();
    if (!peer.isUp) return down();
    if (request.method === 'GET' && peer.answers !== undefined) return peer.answers(request);
    // No round of this engine's own ever comes, and nobody is waited for.
    engine.state.inboundThisRound = 0;
    engine.state.pending.clear();
    const opened = await signer.open(new Uint8Array(await request.arrayBuffer()));
    if (!opened.isOpen) return new Response(JSON.stringify(opened.refusal), { status: 401 });
    const message = decodeRequest(opened.message, engine.cluster);
    const answer = note(engine.handle({ type: 'request', token: 1, message }, Date.now()));
    return new Response((await opened.seal(answer ?? new Uint8Array())) as Uint8Array<ArrayBuffer>);
  });
  return peer;
}

const down = (): never => {
  throw new TypeError('Network connection lost.');
};
