// A name server on loopback that knows what a test tells it: enough of RFC 1035 and RFC 2782 for
// A, AAAA and SRV.

import { createSocket } from 'node:dgram';

const TYPES = { A: 1, AAAA: 28, SRV: 33 } as const;
type RecordType = keyof typeof TYPES;

const RCODES = { NOERROR: 0, SERVFAIL: 2, NXDOMAIN: 3, REFUSED: 5 } as const;

export interface NameServer {
  /** As resolvers want it: `127.0.0.1:port`. */
  readonly address: string;
  /** By `TYPE name`: data of the records, or a code. Other names do not exist. */
  readonly zone: Map<string, readonly Uint8Array[] | keyof typeof RCODES>;
  close(): Promise<void>;
}

export const v4 = (address: string): Uint8Array => Uint8Array.from(address.split('.'), Number);

/** In full, without `::`. */
export const v6 = (address: string): Uint8Array =>
  Uint8Array.from(
    address.split(':').flatMap((word) => {
      const value = Number.parseInt(word, 16);
      return [value >> 8, value & 255];
    }),
  );

export const srv = (port: number, target: string): Uint8Array =>
  Buffer.concat([Buffer.from([0, 10, 0, 5, port >> 8, port & 255]), encodeName(target)]);

const encodeName = (name: string): Buffer =>
  Buffer.concat([
    ...name
      .split('.')
      .filter(Boolean)
      .map((label) => Buffer.from(`${String.fromCharCode(label.length)}${label}`)),
    Buffer.from([0]),
  ]);

export async function startNameServer(): Promise<NameServer> {
  const zone: NameServer['zone'] = new Map();
  const socket = createSocket('udp4');
  socket.on('message', (query, from) => {
    socket.send(answer(query, zone), from.port, from.address);
  });
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  return {
    address: `127.0.0.1:${socket.address().port}`,
    zone,
    close: () => new Promise((resolve) => socket.close(resolve)),
  };
}

const HEADER_BYTES = 12;
/** A pointer to the name of the question. */
const SAME_NAME = [0xc0, HEADER_BYTES];

function answer(query: Buffer, zone: NameServer['zone']): Buffer {
  const labels: string[] = [];
  let at = HEADER_BYTES;
  for (let length = query[at++] ?? 0; length > 0; length = query[at++] ?? 0) {
    labels.push(query.toString('latin1', at, at + length));
    at += length;
  }
  const type = query.readUInt16BE(at);
  const typeName = (Object.keys(TYPES) as RecordType[]).find((name) => TYPES[name] === type);
  const name = labels.join('.').toLowerCase();
  const exists = [...zone.keys()].some((key) => key.endsWith(` ${name}`));
  const known = zone.get(`${typeName} ${name}`) ?? (exists ? [] : 'NXDOMAIN');
  const records = typeof known === 'string' ? [] : known;
  const head = Buffer.from(query.subarray(0, HEADER_BYTES));
  // An answer, recursion wanted and available; counts of one question, the answers, and no more.
  head.writeUInt16BE(0x8180 | (typeof known === 'string' ? RCODES[known] : 0), 2);
  for (const [i, count] of [1, records.length, 0, 0].entries())
    head.writeUInt16BE(count, 4 + 2 * i);
  const data = records.map((bytes) => {
    const fixed = Buffer.from([
      ...SAME_NAME,
      type >> 8,
      type & 255,
      0,
      1,
      0,
      0,
      0,
      1,
      0,
      bytes.length,
    ]);
    return Buffer.concat([fixed, bytes]);
  });
  return Buffer.concat([head, query.subarray(HEADER_BYTES, at + 4), ...data]);
}
