import { describe, expect, it } from 'vitest';
import { createFetchTransport } from '../../node/transport/fetch.ts';
import { withSecondTry } from '../../node/transport/second-try.ts';
import { describeTransport, expectFailure } from '../contract/transport.ts';
import { realClock } from './clocks.ts';
import { serveHttp, unusedAddress } from './http-harness.ts';

const MAX_BYTES = 100_000;
const ADDRESS = 'http://n1:4001';
const BODY = new Uint8Array(70);

describeTransport('fetch', () => ({
  maxBytes: MAX_BYTES,
  tellsDisconnects: false,
  connect: () => withSecondTry(createFetchTransport({ maxBytes: MAX_BYTES }), realClock),
  unusedAddress,
  serve: serveHttp,
}));

/** Answers as told, one entry a call: an error is thrown, bytes are the body of a 200. */
function scripted(script: readonly (Error | Uint8Array<ArrayBuffer>)[]) {
  const calls: Request[] = [];
  const fetch = async (input: string | URL | Request, init?: RequestInit): Promise<Response> => {
    calls.push(new Request(input, init));
    const next = script[calls.length - 1];
    if (next instanceof Error) throw next;
    return new Response(next ?? null);
  };
  return { transport: withSecondTry(createFetchTransport({ fetch }), realClock), calls };
}

describe('fetch transport', () => {
  const denoReset = new TypeError('error sending request', {
    cause: new Error('client error (SendRequest): connection closed before message completed'),
  });

  it.each([
    ['refused', 'client error (Connect): tcp connect error: Connection refused (os error 111)'],
    ['reset', 'Network connection lost.'],
    ['timeout', 'tcp connect error: Connection timed out (os error 110)'],
    ['unreachable', 'dns error: failed to lookup address information'],
  ] as const)('reads %s from the words of runtimes that give no code', async (failure, words) => {
    const { transport } = scripted([new TypeError(words)]);
    await expectFailure(transport.exchange(ADDRESS, BODY, 1_000), failure);
  });

  it('says timeout also on runtimes that wrap the reason of an abort', async () => {
    const fetch = (_: unknown, init?: RequestInit) =>
      new Promise<Response>((_, reject) => {
        init?.signal?.addEventListener('abort', () => reject(new Error('The fetch was aborted.')));
      });
    const transport = createFetchTransport({ fetch });
    await expectFailure(transport.exchange(ADDRESS, BODY, 20), 'timeout');
  });

  it('tries once more when a peer that answered before resets', async () => {
    const { transport, calls } = scripted([BODY, denoReset, BODY]);
    await transport.exchange(ADDRESS, BODY, 1_000);
    expect(await transport.exchange(ADDRESS, BODY, 1_000)).toHaveLength(70);
    expect(calls).toHaveLength(3);
  });

  it('does not try again when a peer resets at first contact', async () => {
    const { transport, calls } = scripted([denoReset, BODY]);
    await expectFailure(transport.exchange(ADDRESS, BODY, 1_000), 'reset');
    expect(calls).toHaveLength(1);
  });

  it('counts the least that HTTP takes: request line, host, length and bodies', async () => {
    const { transport } = scripted([BODY]);
    await transport.exchange('http://10.0.0.7:4001', BODY, 1_000);
    const request = 'POST /gossip HTTP/1.1\r\nHost: 10.0.0.7:4001\r\nContent-Length: 70\r\n\r\n';
    const answer = 'HTTP/1.1 200 OK\r\nContent-Length: 70\r\n\r\n';
    expect(transport.traffic()).toEqual({
      sentBytes: request.length + 70,
      receivedBytes: answer.length + 70,
    });
  });

  it('drops exchanges beyond its limit instead of piling them up', async () => {
    const fetch = () => new Promise<Response>(() => {});
    const transport = createFetchTransport({ fetch, maxActive: 1 });
    transport.exchange(ADDRESS, BODY, 60_000).catch(() => undefined);
    await expectFailure(transport.exchange(ADDRESS, BODY, 1_000), 'closed');
    await transport.close();
  });
});
