// A machine made of recorded texts: a copy of test/probes/recorded/<name> that a test may alter.

import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { FileSystemStats, StatFileSystem } from '../../node/probes/support/statfs.ts';
import type { Roots } from '../../node/probes/support/text.ts';

const RECORDED = join(import.meta.dirname, 'recorded');

export interface Machine {
  readonly roots: Roots;
  /** Puts the texts in place that were recorded one period later. */
  passPeriod(): void;
  write(path: string, text: string): void;
  remove(path: string): void;
}

export function createMachine(name?: string): Machine {
  const directory = mkdtempSync(join(tmpdir(), 'priomon-probes-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  if (name !== undefined) cpSync(join(RECORDED, name), directory, { recursive: true });
  return {
    roots: { proc: join(directory, 'proc'), sys: join(directory, 'sys'), files: '/' },
    passPeriod() {
      const later = join(directory, 'later');
      if (!existsSync(later)) throw new Error(`${name} has no later texts`);
      cpSync(later, directory, { recursive: true });
    },
    write(path, text) {
      const file = join(directory, path);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, text);
    },
    remove: (path) => rmSync(join(directory, path), { recursive: true }),
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
