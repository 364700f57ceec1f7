// How a node asks its peers what they hold, for a quorum query.

import { randomInt } from 'node:crypto';
import type { PeerAccess } from '../../app.ts';
import { createRandom } from '../../core/random.ts';
import { FOREIGN_HOST } from '../../http/access/guard.ts';
import { createTurns } from '../../http/answers/turns.ts';
import { createPeerAsk, MAX_PEER_ANSWER_BYTES } from '../../http/query/peers.ts';
import { systemClock } from '../process/clock.ts';
import { ask, type Reply } from './http-client.ts';

/**
 * `ca` tells the authorities (PEM) to trust besides the system's own, as they are now; experiments
 * put faults between by `wrap`.
 */
export const createPeerAccess = (
  settings: PeerAccess['settings'],
  ca: () => string | undefined = () => undefined,
  wrap: (ask: PeerAccess['ask']) => PeerAccess['ask'] = (ask) => ask,
): PeerAccess => ({
  settings,
  random: createRandom(randomInt(2 ** 47)),
  ask: wrap(createPeerAsk((url, timeoutMs) => askByAnyName(url, timeoutMs, ca()))),
});

/** Of all peers: those that lie may answer at one moment. */
const turns = createTurns(systemClock);

/**
 * A node may be joined by a name that it does not know itself. It refuses to be called so
 * (http/access/guard.ts) and says to use its IP address: that is where the refusal came from.
 */
async function askByAnyName(url: string, timeoutMs: number, ca: string | undefined) {
  const endsAt = performance.now() + timeoutMs;
  const options = { maxBytes: MAX_PEER_ANSWER_BYTES, ca, isGuarded: true, turn: turns.next };
  const reply = await ask(url, timeoutMs, options);
  const leftMs = Math.floor(endsAt - performance.now());
  if (!isForeignName(reply) || reply.from === undefined || leftMs < 1) return reply;
  return ask(url, leftMs, { ...options, calledHost: reply.from });
}

const isForeignName = ({ status, body }: Reply): boolean =>
  status === 403 && typeof body === 'object' && body !== null && 'code' in body
    ? body.code === FOREIGN_HOST
    : false;
