// How an object asks its peers what they hold, when somebody wants a quorum.

import type { PeerAccess } from '../app.ts';
import { readNodeUrl } from '../config/addresses.ts';
import type { Random } from '../core/random.ts';
import { OperatingError } from '../errors.ts';
import { peerRefusal } from '../http/peer-refusal.ts';
import type { Fetch } from './calls.ts';

/** Above all metrics that one node can have, with their long names. */
const MAX_ANSWER_BYTES = 256 * 1024;

export const createPeerAccess = (
  settings: PeerAccess['settings'],
  random: Random,
  fetch: Fetch,
): PeerAccess => ({
  settings,
  random,
  async ask(address, path, timeoutMs) {
    const url = readNodeUrl(address);
    if (url === undefined) throw new OperatingError('unreachable', `${address} is no address.`);
    try {
      const signal = AbortSignal.timeout(timeoutMs);
      const response = await fetch(`${url}${path}`, { redirect: 'manual', signal });
      const text = await readText(response);
      if (response.status !== 200) throw peerRefusal(url, response.status, readJson(text));
      return readJson(text);
    } catch (cause) {
      if (cause instanceof OperatingError) throw cause;
      throw new OperatingError('unreachable', `${url} does not answer`, { cause });
    }
  },
});

async function readText(response: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length <= MAX_ANSWER_BYTES) continue;
    throw new OperatingError('unreachable', `more than ${MAX_ANSWER_BYTES} bytes were answered`);
  }
  return text;
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
