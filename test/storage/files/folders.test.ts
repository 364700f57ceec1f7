// The folder of a database is made with those above it, or the reason is told.

import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeFolder } from '../../../node/storage/thread/system.ts';
import { NEEDS_LINUX } from '../../support/lacking.ts';

let root = '';
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'priomon-folders-'));
});
afterAll(() => rm(root, { recursive: true }));

const urlIn = (folder: string): string => pathToFileURL(join(folder, 'n1.db')).href;
const cannotBeMade = {
  code: 'store_not_writable',
  message: expect.stringContaining('cannot be made'),
};

describe('the folder of a database', () => {
  it('is made with those above it, by many nodes at once', async () => {
    const folder = join(root, 'a', 'b', 'c');
    await Promise.all(Array.from({ length: 20 }, () => makeFolder(urlIn(folder))));
    expect((await stat(folder)).isDirectory()).toBe(true);
    await makeFolder(urlIn(folder));
  });

  it('cannot be a file, nor lie below one', async () => {
    await writeFile(join(root, 'file'), '');
    await expect(makeFolder(urlIn(join(root, 'file')))).rejects.toMatchObject(cannotBeMade);
    await expect(makeFolder(urlIn(join(root, 'file', 'a')))).rejects.toMatchObject(cannotBeMade);
  });

  it('cannot lie below /proc, and says so', NEEDS_LINUX, async () => {
    await expect(makeFolder(urlIn('/proc/nowhere/a'))).rejects.toMatchObject(cannotBeMade);
  });
});
