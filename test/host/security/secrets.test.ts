// The file of keys: how it is read, and what happens when it changes or goes.

import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { OperatingError } from '../../../node/errors.ts';
import { readSecretFile, watchSecretFile } from '../../../node/host/security/secrets.ts';

const KEY = 'a-key-of-the-cluster-0001';
const OTHER = 'a-key-of-the-cluster-0002';

let folder = '';
let file = '';
const cleanUps: (() => Promise<void>)[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'priomon-secrets-'));
  file = join(folder, 'keys');
});
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0)) await cleanUp();
  await rm(folder, { recursive: true });
});

/** At once, as whoever exchanges keys should do it. */
async function write(text: string): Promise<void> {
  await writeFile(`${file}.new`, text);
  await rename(`${file}.new`, file);
}

describe('a file of keys', () => {
  it('has one a line; empty lines and comments count as nothing', async () => {
    await write(`# since May\r\n${OTHER}\r\n\n   ${KEY}  \n# the end`);
    expect(await readSecretFile(file)).toEqual([OTHER, KEY]);
  });

  it.each([
    ['', 'it has no keys; write them into it, one a line.'],
    ['# none yet\n', 'it has no keys'],
    [`${KEY}\nshort\n`, 'its key number 2 must be 16 to 256 characters without spaces or commas.'],
    [`${KEY} ${OTHER}`, 'its key number 1 must be 16 to 256 characters'],
  ])('is refused when it says %j', async (text, why) => {
    await write(text);
    const problem = await readSecretFile(file).catch((error: unknown) => error);
    expect(problem).toBeInstanceOf(OperatingError);
    expect((problem as Error).message).toContain(`secret_file ${file} cannot be used: ${why}`);
    expect((problem as Error).message).not.toContain(KEY);
  });

  it('is refused when there is none, or it is a folder', async () => {
    await expect(readSecretFile(file)).rejects.toThrow('there is no such file; write the keys');
    await expect(readSecretFile(folder)).rejects.toThrow('it is a folder; name a file in it');
  });
});

describe('a watched file of keys', () => {
  const watch = () => {
    const take = vi.fn(async (_secrets: readonly string[]) => {});
    const told: (string | undefined)[] = [];
    const tell = (problem: OperatingError | undefined): void => {
      if (told.at(-1) !== problem?.message || told.length === 0) told.push(problem?.message);
    };
    const secrets = ['a-key-of-the-settings'];
    const watched = watchSecretFile({ file, secrets, take, tell, pollMs: 5 });
    cleanUps.push(watched.close);
    return { take, told };
  };

  it('is read again when it changes, and not otherwise', async () => {
    await write(KEY);
    const { take, told } = watch();
    await vi.waitFor(() => expect(take).toHaveBeenCalledWith([KEY, 'a-key-of-the-settings']));
    await write(`${OTHER}\n${KEY}\n`);
    const both = [OTHER, KEY, 'a-key-of-the-settings'];
    await vi.waitFor(() => expect(take).toHaveBeenLastCalledWith(both));
    expect(take).toHaveBeenCalledTimes(2);
    expect(told).toEqual([undefined]);
  });

  it('keeps what was read while it is gone or empty, and says so until it is back', async () => {
    await write(KEY);
    const { take, told } = watch();
    await vi.waitFor(() => expect(take).toHaveBeenCalledOnce());
    await rm(file);
    await vi.waitFor(() => expect(told.at(-1)).toContain('there is no such file'));
    await write('');
    await vi.waitFor(() => expect(told.at(-1)).toContain('it has no keys'));
    expect(take).toHaveBeenCalledOnce();
    await write(OTHER);
    await vi.waitFor(() => expect(told.at(-1)).toBeUndefined());
    expect(take).toHaveBeenLastCalledWith([OTHER, 'a-key-of-the-settings']);
  });

  it('is tried again when its keys were not taken', async () => {
    await write(KEY);
    const { take, told } = watch();
    take.mockRejectedValueOnce(new OperatingError('keys', 'There are too many.'));
    await vi.waitFor(() => expect(told).toEqual(['There are too many.', undefined]));
    expect(take).toHaveBeenCalledTimes(2);
  });
});
