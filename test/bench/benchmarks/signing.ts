// What the cluster's secret costs: bytes of an exchange on real sockets, a node's processor time.

import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { listen } from '../../../node/host/network/listen.ts';
import { V8_FLAGS } from '../../../node/host/process/v8-flags.ts';
import type { Transport } from '../../../node/ports.ts';
import { createSigner, type Signer } from '../../../node/signing/signer.ts';
import { createNodeHttpTransport } from '../../../node/transport/node-http.ts';
import { withSignatures } from '../../../node/transport/signed.ts';
import type { Benchmark } from '../benchmark.ts';
import type { SigningFigures } from '../support/signing-run.ts';

const PROGRAM = fileURLToPath(new URL('../support/signing-run.ts', import.meta.url));
/** Bytes of a request and its answer in a cluster with something to tell. */
const SIZES = [20, 90, 500, 990, 4_096] as const;

export const signing: Benchmark = {
  name: 'signing',
  title: 'The cost of signing',
  async run({ isQuick }) {
    const { togetherMs, spacedMs } = await measureCost(isQuick);
    const both = 'user and system time of all threads, with the V8 flags of a node; half of what';
    return [
      {
        what: 'bytes that signing adds to an exchange on the wire, both ways',
        values: await Promise.all(SIZES.map(addedBytes)),
        unit: 'B',
        aim: 60,
        note: `read from the sockets; messages and answers of ${SIZES.join(', ')} bytes`,
      },
      {
        what: "signing, a node's part of an exchange, back to back",
        values: togetherMs,
        unit: 'ms',
        aim: 0.1,
        note: `${both} both ends take: two signatures made and two checked`,
      },
      {
        what: "signing, a node's part of an exchange, every 50 ms",
        values: spacedMs,
        unit: 'ms',
        aim: 0.1,
        note: `${both} both ends take; caches and processor are cold again each time`,
      },
    ];
  },
};

async function measureCost(isQuick: boolean): Promise<SigningFigures> {
  const counts = isQuick ? ['500', '40'] : ['4000', '400'];
  const { stdout } = await promisify(execFile)(process.execPath, [...V8_FLAGS, PROGRAM, ...counts]);
  return JSON.parse(stdout) as SigningFigures;
}

/** The same exchange with and without, by what the sockets carried. */
async function addedBytes(size: number): Promise<number> {
  const message = new Uint8Array(size);
  const options = { cluster: 'bench', keys: ['a key of 32 characters, no less.'], id: 'n1' };
  const clock = { wallMs: () => Date.now() };
  const signer = await createSigner({ ...options, clock, toleranceMs: 120_000 });
  const plain = await exchangeBytes(message, (body) => body);
  const sealed = await exchangeBytes(message, (body) => answerBy(signer, body), signer);
  return sealed - plain;
}

async function answerBy(signer: Signer, body: Uint8Array): Promise<Uint8Array> {
  const opened = await signer.open(body);
  if (!opened.isOpen) throw new Error(opened.refusal.detail);
  return opened.seal(opened.message);
}

async function exchangeBytes(
  message: Uint8Array,
  answer: (body: Uint8Array) => Uint8Array | Promise<Uint8Array>,
  signer?: Signer,
): Promise<number> {
  const respond = async (request: Request): Promise<Response> => {
    const body = await answer(new Uint8Array(await request.arrayBuffer()));
    return new Response(body.slice());
  };
  const listener = await listen({ fetch: respond }, { host: '127.0.0.1', port: 0 });
  const http = createNodeHttpTransport();
  const transport: Transport = signer ? withSignatures(http, signer) : http;
  await transport.exchange(listener.address, message, 5_000);
  const { sentBytes, receivedBytes } = transport.traffic();
  await transport.close();
  await listener.close();
  return sentBytes + receivedBytes;
}
