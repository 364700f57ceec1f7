// How an object asks its peers what they hold, for a quorum query.

import type { PeerAccess } from '../../app.ts';
import type { Random } from '../../core/random.ts';
import { OperatingError } from '../../errors.ts';
import { readText } from '../../http/answers/pages.ts';
import { createPeerAsk, MAX_PEER_ANSWER_BYTES } from '../../http/query/peers.ts';
import type { Fetch } from './calls.ts';

export const createPeerAccess = (
  settings: PeerAccess['settings'],
  random: Random,
  fetch: Fetch,
): PeerAccess => ({
  settings,
  random,
  ask: createPeerAsk(async (url, timeoutMs) => {
    try {
      const signal = AbortSignal.timeout(timeoutMs);
      const response = await fetch(url, { redirect: 'manual', signal });
      const text = await readText(response, new URL(url), MAX_PEER_ANSWER_BYTES);
      return { status: response.status, body: readJson(text) };
    } catch (cause) {
      if (cause instanceof OperatingError) throw cause;
      throw new OperatingError('unreachable', `${new URL(url).origin} does not answer`, { cause });
    }
  }),
});

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
