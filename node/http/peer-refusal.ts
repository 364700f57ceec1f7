// A peer that was asked and answers, but tells nothing: why, for whoever asked.

import { OperatingError } from '../errors.ts';

/** It will not tell: asking again brings the same. */
export const PEER_REFUSED = 'peer_refused';
/** It cannot tell now, as while it starts. */
const PEER_BUSY = 'peer_busy';

/** Longer ones are no node's. */
const MAX_DETAIL = 300;

/** The sentence lacks the dot at its end: callers go on. `body` is what came with the status. */
export function peerRefusal(address: string, status: number, body: unknown): OperatingError {
  const said = detailIn(body) ?? 'and not as a node does';
  const code = status === 429 || status === 503 ? PEER_BUSY : PEER_REFUSED;
  return new OperatingError(code, `${address} answered ${status}: ${said.replace(/\.$/, '')}`);
}

const detailIn = (body: unknown): string | undefined =>
  typeof body === 'object' && body !== null && 'detail' in body && typeof body.detail === 'string'
    ? body.detail.slice(0, MAX_DETAIL)
    : undefined;
