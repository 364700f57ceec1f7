// Exact encoded sizes in bytes, by the MessagePack specification
// (https://github.com/msgpack/msgpack/blob/master/spec.md), so that a budget can be kept without
// encoding twice. test/core/wire/sizes.test.ts holds them to the library's own output.

export function integerSize(value: number): number {
  if (value >= 0) {
    if (value < 2 ** 7) return 1;
    if (value < 2 ** 8) return 2;
    if (value < 2 ** 16) return 3;
    return value < 2 ** 32 ? 5 : 9;
  }
  if (value >= -(2 ** 5)) return 1;
  if (value >= -(2 ** 7)) return 2;
  if (value >= -(2 ** 15)) return 3;
  return value >= -(2 ** 31) ? 5 : 9;
}

export const numberSize = (value: number): number =>
  Number.isSafeInteger(value) ? integerSize(value) : 9;

export const arrayHeaderSize = (length: number): number =>
  length < 16 ? 1 : length < 2 ** 16 ? 3 : 5;

export const binarySize = (length: number): number =>
  length + (length < 2 ** 8 ? 2 : length < 2 ** 16 ? 3 : 5);

export function textSize(text: string): number {
  const bytes = utf8Length(text);
  return bytes + (bytes < 32 ? 1 : bytes < 2 ** 8 ? 2 : bytes < 2 ** 16 ? 3 : 5);
}

/** Any value the wire knows: null, integers, floats, texts, binaries and arrays of these. */
export function encodedSize(value: unknown): number {
  if (value === null || value === undefined) return 1;
  if (typeof value === 'number') return numberSize(value);
  if (typeof value === 'string') return textSize(value);
  if (value instanceof Uint8Array) return binarySize(value.length);
  if (!Array.isArray(value)) throw new TypeError(`no encoding for ${typeof value}`);
  let size = arrayHeaderSize(value.length);
  for (const item of value) size += encodedSize(item);
  return size;
}

/** A lone surrogate is encoded as three bytes, as the library does. */
export function utf8Length(text: string): number {
  let bytes = 0;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x80) bytes += 1;
    else if (unit < 0x800) bytes += 2;
    else if (isSurrogatePair(text, i)) {
      bytes += 4;
      i += 1;
    } else bytes += 3;
  }
  return bytes;
}

function isSurrogatePair(text: string, at: number): boolean {
  const high = text.charCodeAt(at);
  const low = text.charCodeAt(at + 1);
  return high >= 0xd800 && high < 0xdc00 && low >= 0xdc00 && low < 0xe000;
}
