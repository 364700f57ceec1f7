// How a peer is asked what it holds, and why one that answers may tell nothing.

import { readNodeUrl } from '../../config/addresses.ts';
import { addressFault, hostOf } from '../../core/membership/address-policy.ts';
import { OperatingError } from '../../errors.ts';
import type { PeerAccess } from '../access/dependencies.ts';
import { TOO_MUCH } from '../answers/pages.ts';

/**
 * Above all metrics that a usual node has. What is longer is asked for in pages: to take a text
 * apart that a liar made takes up to a tenth of a second a megabyte, and many come at once.
 */
export const MAX_PEER_ANSWER_BYTES = 256 * 1024;
/** Rows of so many metrics are never longer, whatever their labels. */
export const PAGE_ROWS = 30;

/** It will not tell: asking again brings the same. */
export const PEER_REFUSED = 'peer_refused';
/** It cannot tell now, as while it starts. */
const PEER_BUSY = 'peer_busy';

/** It answers with more than is read at once. */
export const PEER_TOO_LONG = TOO_MUCH;

/** Longer ones are no node's. */
const MAX_DETAIL = 300;

/** What came; `body` is undefined for what is no JSON. */
export interface PeerReply {
  readonly status: number;
  readonly body: unknown;
}

/** `get` rejects with an OperatingError when no answer comes in time. */
export const createPeerAsk =
  (get: (url: string, timeoutMs: number) => Promise<PeerReply>): PeerAccess['ask'] =>
  async (address, path, timeoutMs) => {
    const url = readNodeUrl(address);
    if (url === undefined) throw new OperatingError('unreachable', `${address} is no address.`);
    const fault = addressFault(url);
    if (fault !== undefined) throw new OperatingError('unreachable', `${hostOf(url)} ${fault}.`);
    const { status, body } = await get(`${url}${path}`, timeoutMs);
    if (status !== 200) throw peerRefusal(url, status, body);
    return body;
  };

/** The sentence lacks the dot at its end: callers go on. */
export function peerRefusal(address: string, status: number, body: unknown): OperatingError {
  const said = detailIn(body) ?? 'and not as a node does';
  const code = status === 429 || status === 503 ? PEER_BUSY : PEER_REFUSED;
  return new OperatingError(code, `${address} answered ${status}: ${said.replace(/\.$/, '')}`);
}

const detailIn = (body: unknown): string | undefined =>
  typeof body === 'object' && body !== null && 'detail' in body && typeof body.detail === 'string'
    ? body.detail.slice(0, MAX_DETAIL)
    : undefined;
