// Bytes put together for signing: lists of parts that no other list of parts can give.

const encoder = new TextEncoder();

/** Bytes in memory of their own, which is what Web Crypto takes. */
export type Bytes = Uint8Array<ArrayBuffer>;

export const textBytes = (text: string): Bytes => encoder.encode(text);

export function joined(parts: readonly Uint8Array[]): Bytes {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

const LENGTH_BYTES = 4;

/** Each part behind its length: `ab` and `c` differ from `a` and `bc`. */
export const delimited = (parts: readonly Uint8Array[]): Bytes =>
  joined(parts.flatMap((part) => [lengthOf(part), part]));

function lengthOf(part: Uint8Array): Bytes {
  const length = new Uint8Array(LENGTH_BYTES);
  new DataView(length.buffer).setUint32(0, part.length);
  return length;
}
