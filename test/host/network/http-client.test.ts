// The stand-in for fetch, as far as clients of nodes use it.

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { ask, createFetch } from '../../../node/host/network/http-client.ts';
import { atEnd } from '../../support/closing.ts';

type Answer = (request: IncomingMessage, body: string, response: ServerResponse) => void;

async function serve(answer: Answer): Promise<string> {
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (part) => {
      body += part;
    });
    request.on('end', () => answer(request, body, response));
  }).listen(0, '127.0.0.1');
  atEnd(() => server.close().closeAllConnections());
  await new Promise((resolve) => server.once('listening', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe('fetch over plain HTTP of Node', () => {
  it('sends method, headers and bytes with their length, and brings status and JSON', async () => {
    const url = await serve(({ method, url, headers }, body, response) => {
      const { authorization, 'content-length': length, 'transfer-encoding': coding } = headers;
      response
        .writeHead(409)
        .end(JSON.stringify({ method, url, body, authorization, length, coding }));
    });
    const init = { method: 'POST', headers: { Authorization: 'x' } };
    const body = new TextEncoder().encode('{}');
    const response = await createFetch()(new URL('a?b=c', `${url}/`), { ...init, body });
    expect([response.status, response.ok]).toEqual([409, false]);
    const told = { method: 'POST', url: '/a?b=c', body: '{}', authorization: 'x', length: '2' };
    expect(await response.json()).toEqual(told);
  });

  it('asks by GET without a body, and takes an answer without one', async () => {
    const url = await serve(({ method }, _, response) => {
      response.writeHead(method === 'GET' ? 204 : 500).end();
    });
    expect((await createFetch()(url)).status).toBe(204);
  });

  it('ends when its signal says so, and rejects where nothing listens', async () => {
    const url = await serve(() => {});
    const signal = AbortSignal.timeout(30);
    await expect(createFetch()(url, { signal })).rejects.toThrow();
    await expect(createFetch()('http://127.0.0.1:1')).rejects.toThrow('ECONNREFUSED');
  });
});

describe('an answer that no node gives', () => {
  it('ends as soon as it is too long, instead of taking all memory', async () => {
    const url = await serve((_request, _body, response) => {
      const part = Buffer.alloc(1 << 20, ' ');
      const goOn = (): void => {
        while (response.write(part));
      };
      response
        .writeHead(200)
        .on('drain', goOn)
        .on('error', () => {});
      goOn();
    });
    await expect(createFetch()(url)).rejects.toMatchObject({ code: 'no_node' });
    const asked = ask(url, 20_000, { maxBytes: 2 ** 21 });
    const sentence = `${url} answers with more than 2097152 bytes, as no node does`;
    await expect(asked).rejects.toMatchObject({ code: 'too_much', message: sentence });
  });

  it('has a status that no answer has, or a body that its status forbids', async () => {
    const answering = (status: number) =>
      serve((_request, _body, response) => {
        response.socket?.end(`HTTP/1.1 ${status} X\r\nContent-Length: 1\r\n\r\nx`);
      });
    const odd = createFetch()(await answering(999));
    await expect(odd).rejects.toMatchObject({ code: 'no_node' });
    expect(await (await createFetch()(await answering(205))).text()).toBe('');
  });
});
