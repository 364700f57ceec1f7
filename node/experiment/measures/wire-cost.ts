// What messages cost on the wire, where no wire is: the headers of HTTP, TCP and IP around a body.

/**
 * An exchange on a kept connection took 402 bytes with 140 bytes of bodies and three packets
 * (`npm run bench -- --only bandwidth20`); half of the rest belongs to each of its two messages.
 */
const OVERHEAD_BYTES_PER_MESSAGE = 131;
/** Of these the packets' own: three headers of TCP over IPv4 with timestamps an exchange. */
const PACKET_HEADER_BYTES = 52;
const PACKETS_PER_MESSAGE = 1.5;
/** Payload of a packet on Ethernet (RFC 894, with TCP timestamps). */
const SEGMENT_BYTES = 1_448;
/** A receiver acknowledges every second segment (RFC 1122, 4.2.3.2). */
const ACKNOWLEDGEMENTS_PER_SEGMENT = 0.5;

/** Headers of the packets that a body of this size needs beyond the first. */
const moreSegments = (bodyBytes: number): number =>
  Math.floor(bodyBytes / SEGMENT_BYTES) * PACKET_HEADER_BYTES * (1 + ACKNOWLEDGEMENTS_PER_SEGMENT);

/** One message with all its headers, bytes. */
export const wireBytesOf = (bodyBytes: number): number =>
  bodyBytes + OVERHEAD_BYTES_PER_MESSAGE + moreSegments(bodyBytes);

/** Adds up what one or many nodes sent. */
export interface Meter {
  readonly messages: number;
  readonly bodyBytes: number;
  readonly wireBytes: number;
  add(bodyBytes: number): void;
}

export function createMeter(): Meter {
  let messages = 0;
  let bodies = 0;
  let segments = 0;
  return {
    get messages() {
      return messages;
    },
    get bodyBytes() {
      return bodies;
    },
    get wireBytes() {
      return bodies + messages * OVERHEAD_BYTES_PER_MESSAGE + segments;
    },
    add(bodyBytes) {
      messages++;
      bodies += bodyBytes;
      segments += moreSegments(bodyBytes);
    },
  };
}

/**
 * The same where HTTP is real: its bytes as counted at the sockets, and the packets around them.
 * @param httpBytes - sent, headers of HTTP included
 */
export const wireBytesOfHttp = (
  httpBytes: number,
  { messages, bodyBytes, wireBytes }: Pick<Meter, 'messages' | 'bodyBytes' | 'wireBytes'>,
): number => {
  const segments = wireBytes - bodyBytes - messages * OVERHEAD_BYTES_PER_MESSAGE;
  return httpBytes + messages * PACKETS_PER_MESSAGE * PACKET_HEADER_BYTES + segments;
};
