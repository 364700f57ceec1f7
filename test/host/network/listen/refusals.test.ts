// What a node answers to requests that are old, odd or none at all, as bytes on a real connection:
// whoever is refused is told why, and what to do.

import { connect as openTcp } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Listener, listen } from '../../../../node/host/network/listen.ts';
import { fixture } from '../../../http/fixture.ts';

let listener: Listener;
beforeAll(async () => {
  const { app } = fixture({ allowedHosts: [] });
  const limits = { headersTimeoutMs: 300, requestTimeoutMs: 600, maxBodyBytes: 4_096 };
  listener = await listen(app, { host: '127.0.0.1', port: 0, ...limits });
});
afterAll(() => listener.close());

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** All that comes back on a connection until it ends, which `Connection: close` brings about. */
const send = (...packets: (string | Uint8Array)[]): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const socket = openTcp({ port: listener.port, host: '127.0.0.1' });
    const chunks: Buffer[] = [];
    socket.on('data', (data) => chunks.push(data));
    socket.once('error', reject);
    socket.once('close', () => {
      const text = Buffer.concat(chunks).toString();
      const [head = '', ...body] = text.split('\r\n\r\n');
      const [line = '', ...headers] = head.split('\r\n');
      const pairs = headers.map((header) => header.split(/: (.*)/s).slice(0, 2));
      const named = pairs.map(([name = '', value = '']) => [name.toLowerCase(), value] as const);
      resolve({
        status: Number(line.split(' ')[1]),
        headers: Object.fromEntries(named),
        body: body.join('\r\n\r\n'),
      });
    });
    for (const packet of packets) socket.write(packet);
  });

const get = (path: string, ...headers: string[]): string =>
  [`GET ${path} HTTP/1.1`, 'Host: 127.0.0.1', ...headers, 'Connection: close', '', ''].join('\r\n');

describe('a node answers', () => {
  it('a balancer that speaks HTTP/1.0 and names no host', async () => {
    for (const path of ['/readyz', '/livez', '/state', '/']) {
      const answer = await send(`GET ${path} HTTP/1.0\r\n\r\n`);
      expect([path, answer.status]).toEqual([path, 200]);
      expect(answer.body).not.toBe('');
    }
  });

  it.each(['OPTIONS / HTTP/1.0\r\n\r\n', 'OPTIONS * HTTP/1.0\r\n\r\n'])(
    '%j with what may be done',
    async (request) => {
      const { status, headers, body } = await send(request);
      expect({ status, allow: headers.allow, body }).toEqual({
        status: 204,
        allow: 'GET, HEAD',
        body: '',
      });
    },
  );

  it('HEAD as it answers GET, without the body', async () => {
    const { status, headers, body } = await send(get('/state').replace('GET', 'HEAD'));
    expect({ status, body }).toEqual({ status: 200, body: '' });
    expect(headers['content-type']).toBe('application/json');
  });
});

const REFUSED: readonly [what: string, status: number, code: string, packets: string[]][] = [
  ['HTTP/1.1 without a host', 400, 'no_host', ['GET /state HTTP/1.1\r\n\r\n']],
  ['a host that is no name', 400, 'bad_address', ['GET /state HTTP/1.0\r\nHost: a b/c\r\n\r\n']],
  [
    'a host that is not ours',
    403,
    'foreign_host',
    ['GET / HTTP/1.0\r\nHost: evil.example\r\n\r\n'],
  ],
  ['a path that is none', 400, 'not_http', ['GET state HTTP/1.0\r\n\r\n']],
  ['a path that is no URL', 400, 'bad_address', ['GET /a\\b HTTP/1.0\r\n\r\n']],
  ['no HTTP at all', 400, 'not_http', ['hello\r\n\r\n']],
  ['the newer HTTP', 400, 'not_http', ['PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n']],
  ['an unknown method', 400, 'not_http', ['MEASURE / HTTP/1.1\r\nHost: a\r\n\r\n']],
  [
    'a length that is none',
    400,
    'not_http',
    ['POST /leave HTTP/1.0\r\nContent-Length: -1\r\n\r\n'],
  ],
  [
    'two lengths',
    400,
    'not_http',
    ['POST /leave HTTP/1.0\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n'],
  ],
  ['a header that is none', 400, 'not_http', ['GET / HTTP/1.1\r\nHost: a\r\nb c\r\n\r\n']],
  ['too large a head', 431, 'head_too_large', [get(`/state?node=${'a'.repeat(9_000)}`)]],
  [
    'a body of no length',
    411,
    'length_required',
    ['POST /leave HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'],
  ],
  ['too large a body', 413, 'too_large', ['POST /leave HTTP/1.0\r\nContent-Length: 5000\r\n\r\n']],
  ['a head that does not come', 408, 'too_slow', ['GET /state HTTP/1.1\r\nHost']],
  [
    'a body that does not come',
    408,
    'too_slow',
    ['POST /gossip HTTP/1.0\r\nContent-Length: 10\r\n\r\nab'],
  ],
  ['a proxy', 405, 'method_not_allowed', ['CONNECT a.example:443 HTTP/1.1\r\nHost: a\r\n\r\n']],
  ['another expectation', 417, 'expectation_failed', [get('/state', 'Expect: wonders')]],
  [
    'another method',
    405,
    'method_not_allowed',
    ['PUT /state HTTP/1.0\r\nContent-Length: 0\r\n\r\n'],
  ],
  ['TRACE', 405, 'method_not_allowed', ['TRACE /state HTTP/1.0\r\n\r\n']],
  ['another path', 404, 'no_such_path', [get('/stat')]],
];

describe('a node refuses with a reason', () => {
  it.each(REFUSED)('%s', async (_, status, code, packets) => {
    const { headers, body, ...answer } = await send(...packets);
    expect([answer.status, headers['content-type']]).toEqual([status, 'application/problem+json']);
    const problem = JSON.parse(body) as Record<string, unknown>;
    expect(problem).toMatchObject({ type: 'about:blank', status, code });
    expect(problem.title).toMatch(/\w/);
    expect(problem.detail).toMatch(/^\S.{20,}\.$/);
  });

  it('and goes on as if an upgrade had not been asked for', async () => {
    const answer = await send(get('/livez', 'Upgrade: h2c').replace('close', 'close, Upgrade'));
    expect([answer.status, answer.body]).toEqual([200, '{"status":"ok"}']);
  });

  it('until it has started', async () => {
    const { starting } = await import('../../../../node/host/network/listen/refusals.ts');
    const answer = starting();
    expect([answer.status, answer.headers.get('Retry-After')]).toEqual([503, '1']);
    expect(await answer.json()).toMatchObject({ code: 'starting', status: 503 });
  });
});
