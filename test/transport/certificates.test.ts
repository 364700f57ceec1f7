// What a caller on https believes, and what it says of a peer that it does not.

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { ask } from '../../node/host/network/http-client.ts';
import { type Listener, listen } from '../../node/host/network/listen.ts';
import type { Transport } from '../../node/ports.ts';
import { createNodeHttpTransport } from '../../node/transport/node-http.ts';
import { expectFailure } from '../contract/transport.ts';
import { credentials, type Pem, pem } from '../fixtures/tls.ts';
import { atEnd } from '../support/closing.ts';

const BODY = new Uint8Array(70);

async function serve(cert: Pem): Promise<Listener> {
  const app = { fetch: () => new Response('hello') };
  const shown = credentials(cert);
  const listener = await listen(app, { host: '127.0.0.1', port: 0, credentials: shown });
  atEnd(() => listener.close());
  return listener;
}

async function servePlain(): Promise<string> {
  const server = createServer((_, response) => response.end('hi'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  atEnd(() => new Promise((resolve) => server.close(resolve)));
  return `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function connect(ca: () => string | undefined): Transport {
  const transport = createNodeHttpTransport({ ca });
  atEnd(() => transport.close());
  return transport;
}

const knowing = () => connect(() => pem('authority'));

describe('a caller on https', () => {
  it('keeps its connection, and counts what it carried', async () => {
    const { address } = await serve('node');
    const transport = knowing();
    for (let i = 0; i < 3; i++) await transport.exchange(address, BODY, 3_000);
    expect(transport.traffic().sentBytes).toBeGreaterThan(3 * BODY.length);
  });

  it('tells when a kept connection ends from the far side', async () => {
    const listener = await serve('node');
    const transport = knowing();
    const gone = new Promise((resolve) => transport.onDisconnect(resolve));
    await transport.exchange(listener.address, BODY, 3_000);
    await listener.close();
    expect(await gone).toBe(listener.address);
  });

  it('believes authorities from when they are named, and no longer than that', async () => {
    const { address } = await serve('node');
    let ca: string | undefined;
    const transport = connect(() => ca);
    await expectFailure(transport.exchange(address, BODY, 3_000), 'rejected');
    ca = pem('authority');
    await transport.exchange(address, BODY, 3_000);
    ca = undefined;
    await expectFailure(transport.exchange(address, BODY, 3_000), 'rejected');
  });

  it.each<[Pem, () => Transport, string, RegExp]>([
    ['expired', knowing, 'certificate_expired', /has expired; renew it there, or set the clock/],
    ['early', knowing, 'certificate_not_yet_valid', /is not valid yet; set the clock of the mach/],
    ['elsewhere', knowing, 'certificate_other_name', /for another name; call it by a name that/],
    [
      'node',
      () => connect(() => undefined),
      'certificate_unknown',
      /authority that this node does not know; name the PEM file of that authority in tls\.ca/,
    ],
    [
      'expired',
      () => connect(() => undefined),
      'certificate_expired',
      /shows a certificate that has expired/,
    ],
  ])('says what is wrong with the certificate %s', async (cert, caller, code, words) => {
    const { address } = await serve(cert);
    const { problem } = await expectFailure(caller().exchange(address, BODY, 3_000), 'rejected');
    expect(problem?.code).toBe(code);
    expect(problem?.sentence).toMatch(words);
    expect(problem?.sentence).toContain(address);
  });

  it('says that a peer does not speak TLS at all', async () => {
    const address = await servePlain();
    const error = await expectFailure(knowing().exchange(address, BODY, 3_000), 'rejected');
    expect(error.problem).toEqual({
      code: 'no_tls',
      sentence:
        `${address} does not speak TLS; write its address with http://, ` +
        'or give it tls.cert and tls.key.',
    });
  });
});

describe('asking a node on https', () => {
  it('believes the authority that it is told', async () => {
    const { address } = await serve('node');
    expect(await ask(address, 3_000, { ca: pem('authority') })).toMatchObject({ status: 200 });
  });

  it('says why it does not believe one', async () => {
    const { address } = await serve('node');
    await expect(ask(address, 3_000)).rejects.toMatchObject({
      code: 'certificate_unknown',
      message: expect.stringContaining(`${address} shows a certificate of an authority`),
    });
  });
});
