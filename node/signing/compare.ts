// Comparison that takes the same time wherever two texts differ, so that nobody can find a
// signature or a token byte by byte.

/** Only the lengths, which are no secret, decide how long it takes. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  let difference = 0;
  for (let i = 0; i < a.length; i++) difference |= (a[i] ?? 0) ^ (b[i] ?? 0);
  return difference === 0;
}
