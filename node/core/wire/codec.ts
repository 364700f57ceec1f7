// Messages to bytes and back, as one object: the wire's own encoding, or what an experiment puts in
// its place to count what another encoding would have cost.

import { decodeRequest, decodeResponse } from './decode.ts';
import { encodeMessage } from './encode.ts';
import type { Message, Request, Response } from './messages.ts';

export interface Codec {
  encode(message: Message): Uint8Array;
  /** Both throw a WireError for what they do not understand; `cluster` is our own. */
  decodeRequest(bytes: Uint8Array, cluster: number): Request;
  decodeResponse(bytes: Uint8Array): Response;
}

export const WIRE_CODEC: Codec = { encode: encodeMessage, decodeRequest, decodeResponse };
