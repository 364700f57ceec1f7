// What a person is told of a file system that cannot be asked: what is wrong, and what to do.

import { describe, expect, it } from 'vitest';
import {
  elsewhereText,
  failureText,
} from '../../../../node/probes/support/file-systems/file-system-words.ts';

const HUNG = { outcome: 'hung', problem: 'does not answer' } as const;
const failed = (code: string) =>
  ({ outcome: 'error', code, problem: `cannot be asked (${code})` }) as const;
const CHECK = 'look into the log of the kernel (dmesg) and check its disk';

describe('a file system that hangs', () => {
  it('may be unmounted where it is not needed', () => {
    expect(failureText('/mnt/old', HUNG, '/')).toBe(
      `/mnt/old does not answer; ${CHECK}, or unmount it if it is not needed (umount -l /mnt/old)`,
    );
  });

  it('is never to be unmounted when it is the root', () => {
    expect(failureText('/', HUNG, '/')).toBe(`/ does not answer; ${CHECK}`);
  });

  it('keeps others from being asked, and is what has to be mended', () => {
    const failure = { outcome: 'unasked', problem: 'is not asked while /a and /b hang' } as const;
    expect(failureText('/c', failure, '/')).toBe(
      '/c is not asked while /a and /b hang; mend those first',
    );
  });
});

describe('a file system that refuses', () => {
  it.each([
    ['EACCES', '/', 'let the user that runs this node pass the folders above it'],
    ['EIO', '/', CHECK],
    ['ENOENT', '/', 'its folder is gone: mount it elsewhere'],
    ['ENOENT', '/host', 'mount /host with propagation (docker run -v /:/host:ro,rslave)'],
  ])('by %s below %s has its own fix', (code, files, fix) => {
    expect(failureText('/data', failed(code), files)).toContain(
      `/data cannot be asked (${code}); ${fix}`,
    );
  });

  it('is reported with the way to see what lies over it when another took its place', () => {
    expect(elsewhereText('/data', '/')).toMatch(/; look what is mounted over .* \(findmnt\)/);
  });
});
