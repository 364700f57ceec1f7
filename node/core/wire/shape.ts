// Refuses a body by its headers alone, before the library makes room for what they claim: nested
// lists of 65,535 would take gigabytes on the strength of a few kilobytes.

import { refuse } from './check.ts';

/** Scalars with their header, in bytes: nil, booleans, floats and integers. */
const SCALAR_BYTES = table([
  ...[0xc0, 0xc2, 0xc3].map((head) => [head, 1] as const),
  ...[0xcc, 0xd0].map((head) => [head, 2] as const),
  ...[0xcd, 0xd1].map((head) => [head, 3] as const),
  ...[0xca, 0xce, 0xd2].map((head) => [head, 5] as const),
  ...[0xcb, 0xcf, 0xd3].map((head) => [head, 9] as const),
]);

/** Bytes of the length field of binaries, texts and lists that have one. */
const LENGTH_BYTES = table([
  ...[0xc4, 0xd9].map((head) => [head, 1] as const),
  ...[0xc5, 0xda, 0xdc].map((head) => [head, 2] as const),
  ...[0xc6, 0xdb, 0xdd].map((head) => [head, 4] as const),
]);

/** By head byte; 0 where nothing is said. */
function table(rows: readonly (readonly [head: number, bytes: number])[]): Uint8Array {
  const bytes = new Uint8Array(256);
  for (const [head, count] of rows) bytes[head] = count;
  return bytes;
}

/** All lists together may claim one item per byte at most, for none is shorter. */
export function checkShape(bytes: Uint8Array): void {
  let left = bytes.length;
  for (let at = 0; at < bytes.length; ) {
    const head = bytes[at] as number;
    // Small numbers, most of what travels.
    if (head < 0x80) {
      at++;
      continue;
    }
    const width = LENGTH_BYTES[head] as number;
    const isList = head >> 4 === 0x9 || head === 0xdc || head === 0xdd;
    const payload = width === 0 ? shortLength(head) : lengthAt(bytes, at + 1, width);
    at += isList ? 1 + width : SCALAR_BYTES[head] || 1 + width + payload;
    if (isList) left -= payload;
    if (left < 0) refuse('body', 'as long as its lists claim');
  }
}

/** A length that stands in the header itself; 0 for scalars. Refuses maps and extensions. */
function shortLength(head: number): number {
  if (head >= 0xe0 || SCALAR_BYTES[head] !== 0) return 0;
  if (head >> 4 === 0x9) return head & 0x0f;
  if (head >> 5 === 0b101) return head & 0x1f;
  return refuse('body', 'made of lists, numbers, texts and binaries');
}

/** Big-endian; bytes beyond the end count as 0, for the library refuses what is cut short. */
function lengthAt(bytes: Uint8Array, at: number, width: number): number {
  let length = 0;
  for (let i = 0; i < width; i++) length = length * 256 + (bytes[at + i] ?? 0);
  return length;
}
