// 32-bit hashes that name members, definitions and views on the wire. They find differences; they
// do not authenticate anything.

/** FNV-1a over UTF-16 units, finished with murmur3's avalanche (public domain, A. Appleby). */
export function hashText(text: string, seed = 0): number {
  let hash = 0x811c9dc5 ^ seed;
  for (let i = 0; i < text.length; i++) {
    hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  }
  return avalanche(hash);
}

/** The same over bytes: shows that they are no longer what they were. */
export function hashBytes(bytes: Uint8Array): number {
  let hash = 0x811c9dc5;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193);
  return avalanche(hash);
}

/** Mixes numbers up to 2^53 into one hash; order matters. */
export function hashNumbers(a: number, b: number, c = 0): number {
  let hash = avalanche((a >>> 0) ^ Math.imul(Math.floor(a / 2 ** 32), 0x9e3779b1));
  hash = avalanche(hash ^ Math.imul(b | 0, 0x85ebca6b) ^ Math.floor(b / 2 ** 32));
  return avalanche(hash ^ Math.imul(c | 0, 0xc2b2ae35) ^ Math.floor(c / 2 ** 32));
}

/** Names one run of one node; 32 bits, so 1,000 members collide once in 10,000 clusters. */
export function memberKey(id: string, generation: number): number {
  return hashNumbers(hashText(id), generation);
}

function avalanche(value: number): number {
  let hash = value;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
