// What holds for every transport. Each adapter brings a harness that serves and connects its way.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TransportError } from '../../node/errors.ts';
import type { Transport, TransportFailure } from '../../node/ports.ts';

/** A refusal as the far side states it: over HTTP it is a problem+json answer. */
export interface Refusal {
  readonly status: number;
  readonly code: string;
  readonly title: string;
}

export type Handler = (body: Uint8Array) => Promise<Uint8Array | Refusal>;

export interface Served {
  readonly address: string;
  stop(): Promise<void>;
}

export interface TransportHarness {
  /** At any free address, or at one that was served before. */
  serve(handler: Handler, address?: string): Promise<Served>;
  /** An address at which nothing listens. */
  unusedAddress(): Promise<string>;
  connect(): Transport;
  /** The largest answer that `connect` takes. */
  readonly maxBytes: number;
  /** The same with what a wrapper adds to it, where there is one: the limit that errors name. */
  readonly wireMaxBytes?: number;
  /** Whether the transport can see a kept connection end. */
  readonly tellsDisconnects: boolean;
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const text = (body: Uint8Array): string => new TextDecoder().decode(body);
const echo: Handler = async (body) => body;
const silence: Handler = () => new Promise(() => {});

/** Passes when the exchange fails, in this way. */
export async function expectFailure(
  exchange: Promise<Uint8Array>,
  failure: TransportFailure,
): Promise<TransportError> {
  const outcome = await exchange.catch((error: unknown) => error);
  expect(outcome).toBeInstanceOf(TransportError);
  expect(outcome).toMatchObject({ failure, code: `transport_${failure}` });
  return outcome as TransportError;
}

export function describeTransport(name: string, createHarness: () => TransportHarness): void {
  describe(`transport contract: ${name}`, () => {
    let harness: TransportHarness;
    let transport: Transport;
    let served: Served[];

    beforeEach(() => {
      harness = createHarness();
      transport = harness.connect();
      served = [];
    });
    afterEach(async () => {
      await transport.close();
      for (const server of served) await server.stop();
    });

    const serve: TransportHarness['serve'] = async (handler, address) => {
      const server = await harness.serve(handler, address);
      served.push(server);
      return server;
    };

    describeAnswers(() => ({ harness, transport, serve }));
    describeFailures(() => ({ harness, transport, serve }));
    describeEnds(() => ({ harness, transport, serve }));
  });
}

interface Bench {
  readonly harness: TransportHarness;
  readonly transport: Transport;
  readonly serve: TransportHarness['serve'];
}

function describeAnswers(bench: () => Bench): void {
  it('brings the body there and the answer back, byte for byte', async () => {
    const { serve, transport } = bench();
    const { address } = await serve(async (body) => body.toReversed());
    const body = Uint8Array.from({ length: 256 }, (_, i) => i);
    expect([...(await transport.exchange(address, body, 2_000))]).toEqual([...body].reverse());
  });

  it('takes an address with a slash at its end', async () => {
    const { serve, transport } = bench();
    const { address } = await serve(echo);
    expect(text(await transport.exchange(`${address}/`, bytes('hi'), 2_000))).toBe('hi');
  });

  it('carries empty bodies', async () => {
    const { serve, transport } = bench();
    const { address } = await serve(echo);
    expect(await transport.exchange(address, new Uint8Array(0), 2_000)).toHaveLength(0);
  });

  it('carries bodies as large as a message may be', async () => {
    const { serve, transport } = bench();
    const { address } = await serve(echo);
    const body = new Uint8Array(65_536).map((_, i) => i % 251);
    expect(Buffer.from(await transport.exchange(address, body, 2_000)).equals(body)).toBe(true);
  });

  it('keeps concurrent exchanges apart', async () => {
    const { serve, transport } = bench();
    const { address } = await serve(echo);
    const sent = Array.from({ length: 30 }, (_, i) => `body ${i}`);
    const answers = sent.map((body) => transport.exchange(address, bytes(body), 2_000));
    expect((await Promise.all(answers)).map(text)).toEqual(sent);
  });

  it('counts what it sent and received, bodies included', async () => {
    const { serve, transport } = bench();
    const { address } = await serve(async () => new Uint8Array(300));
    await transport.exchange(address, new Uint8Array(1_000), 2_000);
    const { sentBytes, receivedBytes } = transport.traffic();
    expect(sentBytes).toBeGreaterThan(1_000);
    expect(sentBytes).toBeLessThan(1_500);
    expect(receivedBytes).toBeGreaterThan(300);
    expect(receivedBytes).toBeLessThan(800);
  });
}

function describeFailures(bench: () => Bench): void {
  it('says timeout when no answer comes, no later than asked', async () => {
    const { serve, transport } = bench();
    const { address } = await serve(silence);
    const startedAt = performance.now();
    const error = await expectFailure(transport.exchange(address, bytes('?'), 60), 'timeout');
    expect(performance.now() - startedAt).toBeLessThan(1_000);
    expect(error.message).toContain(address);
    expect(error.message).toContain('60 ms');
  });

  it('stays usable after a timeout', async () => {
    const { serve, transport } = bench();
    const { address } = await serve((body) => (body.length === 0 ? silence(body) : echo(body)));
    await expectFailure(transport.exchange(address, new Uint8Array(0), 60), 'timeout');
    expect(text(await transport.exchange(address, bytes('again'), 2_000))).toBe('again');
  });

  it('says refused when nothing listens there', async () => {
    const { harness, transport } = bench();
    const address = await harness.unusedAddress();
    const error = await expectFailure(transport.exchange(address, bytes('?'), 2_000), 'refused');
    expect(error.message).toContain(address);
  });

  it('says rejected when the far side refuses, with the code it gave', async () => {
    const { serve, transport } = bench();
    const refusal = { status: 409, code: 'wrong_cluster', title: 'This is another cluster.' };
    const { address } = await serve(async () => refusal);
    const error = await expectFailure(transport.exchange(address, bytes('?'), 2_000), 'rejected');
    expect(error.message).toContain('wrong_cluster');
    expect(error.message).toContain('This is another cluster.');
  });

  it('says rejected when the answer is larger than allowed', async () => {
    const { harness, serve, transport } = bench();
    const { address } = await serve(async (body) => new Uint8Array(harness.maxBytes + body.length));
    expect(await transport.exchange(address, new Uint8Array(0), 2_000)).toHaveLength(
      harness.maxBytes,
    );
    const error = await expectFailure(transport.exchange(address, bytes('1'), 2_000), 'rejected');
    expect(error.message).toContain(`${harness.wireMaxBytes ?? harness.maxBytes}`);
  });
}

function describeEnds(bench: () => Bench): void {
  it('says closed to exchanges under way and to later ones', async () => {
    const { serve, transport } = bench();
    const { address } = await serve(silence);
    const pending = expectFailure(transport.exchange(address, bytes('?'), 5_000), 'closed');
    await transport.close();
    await pending;
    await expectFailure(transport.exchange(address, bytes('?'), 5_000), 'closed');
  });

  it('tells, where it can, that the far side of a kept connection is gone', async () => {
    const { harness, serve, transport } = bench();
    const gone: string[] = [];
    const told = new Promise<void>((resolve) => {
      transport.onDisconnect((address) => {
        gone.push(address);
        resolve();
      });
    });
    const server = await serve(echo);
    await transport.exchange(server.address, bytes('hi'), 2_000);
    await server.stop();
    if (harness.tellsDisconnects) await told;
    expect(gone).toEqual(harness.tellsDisconnects ? [server.address] : []);
  });

  it('finds a server that was started again at the same address', async () => {
    const { serve, transport } = bench();
    const first = await serve(async () => bytes('first'));
    await transport.exchange(first.address, bytes('?'), 2_000);
    await first.stop();
    await serve(async () => bytes('second'), first.address);
    expect(text(await transport.exchange(first.address, bytes('?'), 2_000))).toBe('second');
  });

  it('says refused when the server of a kept connection has ended', async () => {
    const { serve, transport } = bench();
    const server = await serve(echo);
    await transport.exchange(server.address, bytes('1'), 2_000);
    await server.stop();
    await expectFailure(transport.exchange(server.address, bytes('2'), 2_000), 'refused');
  });
}
