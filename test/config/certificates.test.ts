// Settings of certificates that make sense together alone.

import { describe, expect, it } from 'vitest';
import { loadConfig, resolveConfig } from '../../node/config/load.ts';
import { readFileText } from '../../node/config/sources/formats.ts';

describe('a certificate and its key', () => {
  it.each([
    [{ 'tls.cert': 'c.pem' }, 'tls.cert is "c.pem" (--tls-cert), but tls.key is not set; name the'],
    [{ 'tls.key': 'k.pem' }, 'tls.key is "k.pem" (--tls-key), but tls.cert is not set; name the'],
  ])('come together: %j', (flags, sentence) => {
    const result = resolveConfig({ flags });
    const problems = result.isOk ? [] : result.problems.map(({ message }) => message);
    expect(problems).toEqual([expect.stringContaining(sentence)]);
  });

  it('may stand in two places', () => {
    const { config } = loadConfig({
      file: readFileText({ name: 'fleet.yaml', text: 'tls: {cert: c.pem}' }),
      environment: { PRIOMON_TLS_KEY: 'k.pem' },
    });
    expect(config.security.tls).toEqual({ cert: 'c.pem', key: 'k.pem' });
  });

  it('make a node speak https, and an address on http is doubted', () => {
    const tls = { 'tls.cert': 'c.pem', 'tls.key': 'k.pem' };
    const notesAt = (advertise: string) => loadConfig({ flags: { ...tls, advertise } }).notes;
    expect(notesAt('10.0.0.7:4001')).toEqual([
      'advertise is http://10.0.0.7:4001, but with tls.cert this node speaks https alone: write ' +
        'https://, unless a proxy answers there.',
    ]);
    expect(notesAt('https://10.0.0.7:4001')).toEqual([]);
    expect(notesAt('none')).toEqual([]);
  });
});
