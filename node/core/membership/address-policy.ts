// Where a node can be called, told from an address alone. What peers say of addresses is dialled,
// so each member chooses where others call: what is no address of a node must never be called.

/** Scheme, host, port, path; anything fancier in a host is another way to write a plain one. */
const ADDRESS = /^https?:\/\/(?:\[([\da-f:.]+)\]|([a-z\d._-]+))(?::\d{1,5})?(?:\/|$)/i;
const BYTE = /^(0|[1-9]\d{0,2})$/;
/** What URLs read as an IPv4 address in some notation, `0x7f.1` and `2130706433` among them. */
const NUMBER_AT_END = /(^|\.)(\d+|0x[\da-f]*)$/i;

const MACHINES_NONE = 'stands for no machine in particular';
const LINK_LOCAL =
  'is link-local: it means something else on every network, at clouds their metadata';
const METADATA = 'is where clouds keep the metadata of machines, keys among them';
const MANY = 'is a multicast, broadcast or reserved address, not that of one machine';
const STRANGE = 'is no plain name or IP address of a host';

/** Why no peer can be called there, to follow the host in a sentence; undefined when one may be. */
export function addressFault(address: string): string | undefined {
  const host = hostIn(address);
  if (host === undefined) return STRANGE;
  if (typeof host === 'string') return nameFault(host);
  const v4 = embeddedV4(host);
  return v4 === undefined ? v6Fault(host) : v4Fault(v4);
}

/** Reaches the machine of whoever dials it, whichever that is. */
export function isLoopbackAddress(address: string): boolean {
  const host = hostIn(address);
  if (host === undefined) return false;
  if (typeof host === 'string') return /^([^.]+\.)*localhost$/i.test(host);
  const v4 = embeddedV4(host);
  return v4 === undefined ? host.every((part, i) => part === (i === 7 ? 1 : 0)) : v4[0] === 127;
}

/** As a sentence names it; the whole address where no host can be told. */
export function hostOf(address: string): string {
  const [, v6, name] = ADDRESS.exec(address) ?? [];
  return v6 ?? name ?? address;
}

/** Four bytes, eight words of 16 bits, or a name without the dot at its end. */
type Host = readonly number[] | string;

function hostIn(address: string): Host | undefined {
  const [, v6, written = ''] = ADDRESS.exec(address) ?? [];
  if (v6 !== undefined) return wordsOf(v6);
  const name = written.replace(/\.$/, '');
  if (!NUMBER_AT_END.test(name)) return name === '' ? undefined : name;
  return bytesOf(name);
}

function bytesOf(text: string): number[] | undefined {
  const parts = text.split('.');
  if (parts.length !== 4 || !parts.every((part) => BYTE.test(part))) return undefined;
  const bytes = parts.map(Number);
  return bytes.every((byte) => byte < 256) ? bytes : undefined;
}

/** RFC 4291, section 2.2, the dotted end included. */
function wordsOf(text: string): number[] | undefined {
  const [head = '', tail, ...more] = text.split('::');
  const left = groupsOf(head);
  const right = groupsOf(tail ?? '');
  if (left === undefined || right === undefined || more.length > 0) return undefined;
  const zeros = 8 - left.length - right.length;
  if (tail === undefined ? zeros !== 0 : zeros < 1) return undefined;
  return [...left, ...new Array<number>(zeros).fill(0), ...right];
}

function groupsOf(text: string): number[] | undefined {
  if (text === '') return [];
  const groups: number[] = [];
  for (const part of text.split(':')) {
    const [a = 0, b = 0, c = 0, d] = bytesOf(part) ?? [];
    if (d !== undefined) groups.push(a * 256 + b, c * 256 + d);
    else if (/^[\da-f]{1,4}$/i.test(part)) groups.push(Number.parseInt(part, 16));
    else return undefined;
  }
  return groups;
}

/** IPv4 in the clothes of IPv6: mapped, compatible, through NAT64 (RFC 6052) or 6to4 (RFC 3056). */
function embeddedV4(host: readonly number[]): readonly number[] | undefined {
  if (host.length === 4) return host;
  const [a = 0, b = 0, c = 0, d, e, f, g = 0, h = 0] = host;
  if (a === 0x2002) return [b >> 8, b & 255, c >> 8, c & 255];
  const isBare = a === 0 && b === 0 && (f === 0xffff || (f === 0 && (g > 0 || h > 1)));
  const isNat64 = a === 0x64 && b === 0xff9b && f === 0;
  if (!(isBare || isNat64) || c !== 0 || d !== 0 || e !== 0) return undefined;
  return [g >> 8, g & 255, h >> 8, h & 255];
}

const CLOUD_NAMES = /^metadata(\.google\.internal|\.goog)?$/i;
/** Oracle's, Alibaba's and Azure's, which lie outside the link-local range. */
const CLOUD_V4 = ['192.0.0.192', '100.100.100.200', '168.63.129.16'];

const nameFault = (name: string): string | undefined =>
  CLOUD_NAMES.test(name) ? METADATA : undefined;

function v4Fault(bytes: readonly number[]): string | undefined {
  const [a = 0, b = 0] = bytes;
  if (a === 0) return MACHINES_NONE;
  if (a === 169 && b === 254) return LINK_LOCAL;
  if (a >= 224) return MANY;
  return CLOUD_V4.includes(bytes.join('.')) ? METADATA : undefined;
}

function v6Fault(words: readonly number[]): string | undefined {
  const [a = 0, b = 0] = words;
  if (words.every((word) => word === 0)) return MACHINES_NONE;
  if ((a & 0xffc0) === 0xfe80) return LINK_LOCAL;
  if (a >= 0xff00) return MANY;
  // Amazon's range, and the one address of Google's.
  const isAmazon = a === 0xfd00 && b === 0xec2;
  const isGoogle = a === 0xfd20 && b === 0xce && words.slice(2, 7).every((word) => word === 0);
  return isAmazon || (isGoogle && words[7] === 0x254) ? METADATA : undefined;
}
