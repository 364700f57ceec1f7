// Reading the configuration file itself.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ConfigError } from '../../../node/config/problem.ts';
import { readConfig } from '../../../node/config/sources/file.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'priomon-config-'));
  writeFileSync(join(folder, 'a.yaml'), 'round: 2s\n');
  writeFileSync(join(folder, 'b.ini'), '[PrioMonParam]\ngossip_rate = 3\n');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const read = (path: string | undefined, environment = {}) =>
  readConfig({ path, environment, flags: {} });

describe('readConfig', () => {
  it('reads YAML and INI by their names', async () => {
    expect((await read(join(folder, 'a.yaml'))).config.settings.roundMs).toBe(2_000);
    expect((await read(join(folder, 'b.ini'))).config.settings.roundMs).toBe(3_000);
  });

  it('reads the file that PRIOMON_CONFIG names, unless a flag names another', async () => {
    const environment = { PRIOMON_CONFIG: join(folder, 'a.yaml') };
    expect((await read(undefined, environment)).config.settings.roundMs).toBe(2_000);
    const other = await read(join(folder, 'b.ini'), environment);
    expect(other.config.settings.roundMs).toBe(3_000);
  });

  it('needs no file', async () => {
    expect((await read(undefined)).config.settings.roundMs).toBe(1_000);
  });

  it('says in one sentence why a file cannot be read', async () => {
    const missing = join(folder, 'none.yaml');
    await expect(read(missing)).rejects.toThrow(ConfigError);
    await expect(read(missing)).rejects.toThrow(
      `The configuration file ${missing} cannot be read: there is no such file; check the path.`,
    );
    await expect(read(folder)).rejects.toThrow('it is a folder; name a file in it.');
  });

  it('does not read a file without an end to its end', async () => {
    await expect(read('/dev/zero')).rejects.toThrow('at most');
  });

  it('names the file and line of what is wrong in it', async () => {
    const path = join(folder, 'wrong.yaml');
    writeFileSync(path, 'port: 1\nround: soon\n');
    await expect(read(path)).rejects.toThrow(`round is "soon" (${path} line 2), but must be`);
  });
});
