// Nodes on https: how they are reached, whom they believe, and what they refuse to start with.

import { afterEach, describe, expect, it, vi } from 'vitest';
import type { ReadyAnswer } from '../../../node/http/answers/health-shapes.ts';
import type { QueryAnswer } from '../../../node/http/answers/shapes.ts';
import { type Pem, pemPath } from '../../fixtures/tls.ts';
import { addressesAt, cleanUp, get, problemsAt, shows, soon, start } from './https.ts';

afterEach(cleanUp);

describe('nodes with a certificate', () => {
  it('answer and are reached on https, and on nothing else', async () => {
    const a = await start('a', shows('node'));
    const b = await start('b', { ...shows('node'), join: a.url });
    const all = { a: `alive ${a.url}`, b: `alive ${b.url}` };
    await soon(async () => {
      expect(await addressesAt(a)).toEqual(all);
      expect(await addressesAt(b)).toEqual(all);
    });
    expect(a.url).toMatch(/^https:\/\/127\.0\.0\.1:\d+$/);
    await expect(fetch(a.url.replace('https:', 'http:'))).rejects.toThrow();
  });

  it('ask each other on https for a quorum', async () => {
    const a = await start('a', shows('node'));
    const b = await start('b', { ...shows('node'), join: a.url });
    await soon(async () => expect(Object.keys(await addressesAt(b))).toHaveLength(2));
    const { quorum } = await get<QueryAnswer>(`${b.url}/query?node=a&quorum=2`);
    expect(quorum).toMatchObject({ outcome: 'agreed' });
  });

  it.each<[string, Record<string, string>, RegExp]>([
    ['half a pair', { 'tls.cert': pemPath('node') }, /^tls\.cert is .* but tls\.key is not set/],
    [
      'no file',
      { ...shows('node'), 'tls.cert': '/no/such.pem' },
      /^tls\.cert is \/no\/such\.pem, but it can/,
    ],
    [
      'two of different pairs',
      { 'tls.cert': pemPath('node'), 'tls.key': pemPath('other-key') },
      /^tls\.key is .* belongs to another certificate/,
    ],
    [
      'an authority that is none',
      { 'tls.ca': pemPath('node-key') },
      /^tls\.ca is .* a private key/,
    ],
  ])('do not start with %s', async (_, flags, sentence) => {
    await expect(start('a', flags)).rejects.toThrow(sentence);
  });

  it.each<[Pem, RegExp]>([
    [
      'expired',
      /^The certificate in .*expired\.pem \(tls\.cert\) expired on 2020-02-01, and peers/,
    ],
    ['early', /^The certificate in .*early\.pem \(tls\.cert\) is not valid before 2120-01-01/],
  ])('start with one that is %s, and say so in the log and in /readyz', async (cert, sentence) => {
    const log = vi.fn();
    const node = await start('a', shows(cert), log);
    expect(log).toHaveBeenCalledWith('warn', expect.stringMatching(sentence));
    const peer = await start('b', { 'tls.ca': pemPath('authority'), join: node.url });
    // Nobody believes it, so it says so itself to those who do not look.
    const { body } = await askUnbelieving(`${node.url}/readyz`);
    expect((body as ReadyAnswer).checks.peers.problems).toEqual([expect.stringMatching(sentence)]);
    await soon(async () => {
      expect(await problemsAt(peer)).toEqual([
        expect.stringContaining(`${node.url} shows a certificate that`),
      ]);
    });
  });

  it('tell of a peer whose authority they do not know', async () => {
    const log = vi.fn();
    const a = await start('a', shows('node'));
    const b = await start('b', { join: a.url }, log);
    const sentence = expect.stringContaining(`${a.url} shows a certificate of an authority that`);
    await soon(async () => expect(await problemsAt(b)).toEqual([sentence]));
    expect(log).toHaveBeenCalledWith('warn', sentence);
  });
});

/** As `curl --insecure` does. */
function askUnbelieving(url: string): Promise<{ readonly body: unknown }> {
  const { request: secureRequest } = process.getBuiltinModule('node:https');
  return new Promise((resolve, reject) => {
    const call = secureRequest(url, { rejectUnauthorized: false, agent: false }, (response) => {
      let text = '';
      response.on('data', (part: Buffer) => {
        text += part;
      });
      response.on('end', () => resolve({ body: JSON.parse(text) }));
    });
    call.on('error', reject);
    call.end();
  });
}
