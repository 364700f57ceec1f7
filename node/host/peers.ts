// How a node asks its peers what they hold, when somebody wants a quorum.

import { randomInt } from 'node:crypto';
import type { PeerAccess } from '../app.ts';
import { readNodeUrl } from '../config/addresses.ts';
import { createRandom } from '../core/random.ts';
import { addressFault, hostOf } from '../core/reach.ts';
import { OperatingError } from '../errors.ts';
import { ask } from './ask.ts';

/** Above all metrics that one node can have, with their long names. */
const MAX_ANSWER_BYTES = 256 * 1024;

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
  ask: wrap(async (address, path, timeoutMs) => {
    const url = readNodeUrl(address);
    if (url === undefined) throw new OperatingError('unreachable', `${address} is no address.`);
    const fault = addressFault(url);
    if (fault !== undefined) throw new OperatingError('unreachable', `${hostOf(url)} ${fault}.`);
    const { status, body } = await ask(`${url}${path}`, timeoutMs, {
      maxBytes: MAX_ANSWER_BYTES,
      ca: ca(),
      isGuarded: true,
    });
    return status === 200 ? body : undefined;
  }),
});
