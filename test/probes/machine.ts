// A machine made of recorded texts: a copy of test/probes/recorded/<name> that a test may alter.

import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import type {
  FileSystemStats,
  StatFileSystem,
} from '../../node/probes/support/file-systems/statfs.ts';
import type { Roots } from '../../node/probes/support/text.ts';

const RECORDED = join(import.meta.dirname, 'recorded');

export interface Machine {
  readonly roots: Roots;
  /** Puts the texts in place that were recorded one period later. */
  passPeriod(): void;
  write(path: string, text: string): void;
  remove(path: string): void;
  link(path: string, target: string): void;
  /** The file is there and nobody can read it: a directory is refused to root as well. */
  close(path: string): void;
}

export function createMachine(name?: string): Machine {
  const directory = mkdtempSync(join(tmpdir(), 'priomon-probes-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  if (name !== undefined) cpSync(join(RECORDED, name), directory, { recursive: true });
  const write = (path: string, text: string): void => {
    const file = join(directory, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  };
  const remove = (path: string): void => rmSync(join(directory, path), { recursive: true });
  return {
    roots: { proc: join(directory, 'proc'), sys: join(directory, 'sys'), files: '/' },
    passPeriod() {
      const later = join(directory, 'later');
      if (!existsSync(later)) throw new Error(`${name} has no later texts`);
      cpSync(later, directory, { recursive: true });
    },
    write,
    remove,
    link(path, target) {
      mkdirSync(dirname(join(directory, path)), { recursive: true });
      symlinkSync(target, join(directory, path));
    },
    close(path) {
      if (existsSync(join(directory, path))) remove(path);
      write(`${path}/in-the-way`, '');
    },
  };
}

/** 1,000 blocks, `used` of them used and 50 kept for root, as statfs tells it. */
export function statsOf(used: number): FileSystemStats {
  return { blocks: 1000, bfree: 1000 - used, bavail: 950 - used };
}

/** Answers from a table, like an error for all else, and remembers what it was asked. */
export function recordedStats(table: Readonly<Record<string, number>>) {
  const asked: string[] = [];
  const stat: StatFileSystem = (path, done) => {
    asked.push(path);
    const used = table[path];
    const missing: NodeJS.ErrnoException = Object.assign(new Error('missing'), { code: 'ENOENT' });
    if (used === undefined) done(missing, statsOf(0));
    else done(null, statsOf(used));
  };
  return { stat, asked };
}

export interface MountLine {
  path: string;
  device?: string;
  root?: string;
  type?: string;
  /** Of the file system. */
  options?: string;
  /** Of the mount; the same as a rule. */
  own?: string;
  source?: string;
}

/** As /proc/self/mountinfo prints mounts. */
export function mountTable(...mounts: MountLine[]): string {
  return mounts
    .map((mount, index) => {
      const { path, device = '8:1', root = '/', type = 'ext4', source = '/dev/x' } = mount;
      const { options = 'rw', own = options } = mount;
      const place = `${device} ${root} ${path}`;
      return `${index} 1 ${place} ${own},relatime shared:1 - ${type} ${source} ${options}\n`;
    })
    .join('');
}
