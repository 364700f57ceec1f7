// A node's certificates: which files it refuses, what it tells of their dates, and how it keeps up
// with them while it runs.

import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createPeerProblems } from '../../../node/host/process/peer-problems.ts';
import { readAuthority, readCredentials } from '../../../node/host/security/certificates/files.ts';
import { validityProblem } from '../../../node/host/security/certificates/validity.ts';
import { openCertificates } from '../../../node/host/security/certificates.ts';
import type { Clock } from '../../../node/ports.ts';
import { type Pem, pem, pemPath } from '../../fixtures/tls.ts';
import { createVirtualClock, type VirtualClock } from '../../transport/clocks.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'priomon-tls-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const place = (file: string, text: string): string => {
  const path = join(folder, file);
  writeFileSync(path, text);
  return path;
};

describe('the files of a certificate', () => {
  it('are read with the dates between which others believe it', async () => {
    const read = await readCredentials({ cert: pemPath('expired'), key: pemPath('node-key') });
    expect(read).toEqual({
      cert: pem('expired'),
      key: pem('node-key'),
      fromMs: Date.UTC(2020, 0, 1),
      untilMs: Date.UTC(2020, 1, 1),
    });
  });

  it('may be absent', async () => {
    expect(await readCredentials({})).toBeUndefined();
    expect(await readAuthority({})).toBeUndefined();
  });

  it('may hold the authorities of the certificate behind it', async () => {
    const cert = place('chain.pem', pem('node') + pem('authority'));
    const read = await readCredentials({ cert, key: pemPath('node-key') });
    expect(read?.untilMs).toBe(Date.UTC(2126, 0, 1));
  });

  const cert = pemPath('node');
  const key = pemPath('node-key');
  const garbage = () => place('garbage.pem', 'garbage');
  const cut = () => place('cut.pem', pem('node') + pem('authority').slice(0, 200));
  const locked = () =>
    place('locked.pem', pem('node-key').replaceAll('PRIVATE KEY', 'ENCRYPTED PRIVATE KEY'));
  it.each([
    [
      () => ({ cert: '/no/such', key }),
      /^tls\.cert is \/no\/such, .* no such file; check the path/,
    ],
    [() => ({ cert, key: '/no/such' }), /^tls\.key is \/no\/such, .* no such file; check the path/],
    [() => ({ cert: folder, key }), /^tls\.cert is .* it is a folder; name a file in it/],
    [() => ({ cert: key, key }), /^tls\.cert is .* holds a private key; name a file with a cert/],
    [() => ({ cert: garbage(), key }), /^tls\.cert is .* holds no certificate; name a file with/],
    [
      () => ({ cert, key: garbage() }),
      /^tls\.key is .* holds no private key; name a file with the/,
    ],
    [() => ({ cert: cut(), key }), /^tls\.cert is .* TLS refuses it .*; write the whole chain/],
    [() => ({ cert, key: cert }), /^tls\.key is .* holds no private key; name a file with the/],
    [() => ({ cert, key: locked() }), /^tls\.key is .* asks for a password; store the key without/],
    [
      () => ({ cert, key: pemPath('other-key') }),
      /^tls\.key is .* another certificate than the one in \S+node\.pem \(tls\.cert\); name the fi/,
    ],
  ])('are refused with field, value and fix: %#', async (tls, sentence) => {
    await expect(readCredentials(tls())).rejects.toMatchObject({
      code: 'certificate',
      message: expect.stringMatching(sentence),
    });
  });

  it.each([
    [() => '/no/such', /^tls\.ca is \/no\/such, .* there is no such file; check the path\.$/],
    [() => garbage(), /^tls\.ca is .* holds no certificate; name a file with a certificate/],
  ])('of an authority too: %#', async (ca, sentence) => {
    await expect(readAuthority({ ca: ca() })).rejects.toMatchObject({
      code: 'certificate',
      message: expect.stringMatching(sentence),
    });
  });
});

describe('the dates of a certificate', () => {
  const dates = { fromMs: Date.UTC(2026, 0, 1), untilMs: Date.UTC(2026, 3, 1) };
  const told = (now: number) => validityProblem('/etc/node.pem', dates, now);

  it('are no news until 14 days before the end', () => {
    expect(told(Date.UTC(2026, 0, 1))).toBeUndefined();
    expect(told(Date.UTC(2026, 2, 18) - 1)).toBeUndefined();
  });

  it.each([
    [
      Date.UTC(2025, 11, 31),
      /not valid before 2026-01-01, and today is 2025-12-31 here: peers ref/,
    ],
    [Date.UTC(2026, 2, 18) + 1, /\(tls\.cert\) expires on 2026-04-01, 13 days from now: renew it/],
    [Date.UTC(2026, 2, 30), /expires on 2026-04-01, 2 days from now: renew it/],
    [Date.UTC(2026, 2, 31), /expires on 2026-04-01, 1 day from now: renew it/],
    [
      Date.UTC(2026, 3, 1),
      /in \/etc\/node\.pem \(tls\.cert\) expired on 2026-04-01, and peers ref/,
    ],
  ])('are told of at %i', (now, sentence) => {
    expect(told(now)).toMatch(sentence);
  });
});

describe('files that change while the node runs', () => {
  const LOOK_MS = 10_000;
  let clock: VirtualClock;
  let armed = 0;
  const log = vi.fn();
  const show = vi.fn();

  /** As renewals do it: one file after the other. */
  const put = (cert: Pem, key: Pem = 'node-key'): void => {
    copyFileSync(pemPath(cert), join(folder, 'cert.pem'));
    copyFileSync(pemPath(key), join(folder, 'key.pem'));
    copyFileSync(pemPath('authority'), join(folder, 'ca.pem'));
  };
  const files = () => ({
    cert: join(folder, 'cert.pem'),
    key: join(folder, 'key.pem'),
    ca: join(folder, 'ca.pem'),
  });

  /** Years after both 1970, where a virtual clock begins, and the end of one of the two. */
  async function open() {
    clock = createVirtualClock();
    const wall: Clock = {
      ...clock,
      wallMs: () => Date.UTC(2026, 5, 1) + clock.monotonicMs(),
      after(delayMs, callback) {
        armed++;
        return clock.after(delayMs, callback);
      },
    };
    const peerProblems = createPeerProblems(clock, log);
    log.mockClear();
    show.mockClear();
    const certificates = await openCertificates(files(), { clock: wall, log, peerProblems });
    const watch = certificates.watch(show);
    const look = async (): Promise<void> => {
      const before = armed;
      await clock.advance(LOOK_MS);
      // Files are read in other threads, whose time is real; then it waits for the next look.
      await vi.waitFor(() => expect(armed).toBe(before + 1));
    };
    return { certificates, peerProblems, watch, look };
  }

  it('are shown to callers, and the log says until when', async () => {
    put('expired');
    const { peerProblems, look } = await open();
    expect(peerProblems.list()).toEqual([expect.stringContaining('expired on 2020-02-01')]);
    put('node');
    await look();
    expect(show).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ cert: pem('node') }));
    expect(log).toHaveBeenLastCalledWith('info', expect.stringContaining('until 2126-01-01'));
    await look();
    expect(peerProblems.list()).toEqual([]);
    expect(show).toHaveBeenCalledOnce();
  });

  it('leave the old ones in use while they do not fit, as the second look tells', async () => {
    put('node');
    const { peerProblems, look } = await open();
    put('node', 'other-key');
    await look();
    expect(peerProblems.list()).toEqual([]);
    await look();
    await look();
    expect(peerProblems.list()).toEqual([
      expect.stringMatching(/^tls\.key is .*\. The node goes on with what it read before\.$/),
    ]);
    expect(show).not.toHaveBeenCalled();
    put('node');
    await look();
    await look();
    expect(peerProblems.list()).toEqual([]);
  });

  it('bring other authorities to believe', async () => {
    put('node');
    const { certificates, look } = await open();
    expect(certificates.ca()).toBe(pem('authority'));
    place('ca.pem', pem('node'));
    await look();
    expect(certificates.ca()).toBe(pem('node'));
  });

  it('are looked at no more when the node is closed', async () => {
    put('node');
    const { watch } = await open();
    await watch.close();
    put('expired');
    const before = armed;
    await clock.advance(10 * LOOK_MS);
    expect(armed).toBe(before);
    expect(show).not.toHaveBeenCalled();
  });

  it('may be gone, and come back as a folder even', async () => {
    put('node');
    const { peerProblems, look } = await open();
    rmSync(join(folder, 'cert.pem'));
    mkdirSync(join(folder, 'cert.pem'));
    await look();
    await look();
    await look();
    expect(peerProblems.list().join()).toContain('it is a folder');
  });
});
