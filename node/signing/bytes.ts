// Bytes put together for signing, in lists of parts that no other list can give, and compared.

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

/**
 * Takes the same time wherever two texts differ, so that nobody can find a signature or a token
 * byte by byte: only the lengths, which are no secret, decide how long it takes.
 */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  let difference = 0;
  for (let i = 0; i < a.length; i++) difference |= (a[i] ?? 0) ^ (b[i] ?? 0);
  return difference === 0;
}
