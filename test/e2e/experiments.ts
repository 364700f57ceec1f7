// What the tests of experiments share: files to run, what was told in JSON, and what was kept.

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import { openResults } from '../../node/storage/results/libsql.ts';
import type { ResultsReader } from '../../node/storage/results/store.ts';
import { type Command, expectNoStack, newFolder, until, untilGone } from './support/commands.ts';

export interface Told {
  readonly type: string;
  readonly [key: string]: unknown;
}

/** Every whole line so far. */
export const toldBy = ({ out }: Pick<Command, 'out'>): Told[] =>
  out()
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line));

/** Until it has told something that `holds` is true of. */
export const untilTold = (
  command: Command,
  holds: (told: Told) => boolean,
  deadlineMs: number,
): Promise<void> =>
  until(deadlineMs, () => {
    if (!toldBy(command).some(holds)) {
      throw new Error(`not told yet: ${command.out().slice(-500)} ${command.error()}`);
    }
  });

export const isMeasuring =
  (sinceMs: number) =>
  ({ type, phase, doneMs }: Told): boolean =>
    type === 'progress' && phase === 'measuring' && Number(doneMs) >= sinceMs;

/** A file with this text and a database beside it, in a folder of its own. */
export async function place(name: string, text: string): Promise<{ file: string; db: string }> {
  const folder = await newFolder();
  const file = join(folder, name);
  await writeFile(file, text);
  return { file, db: join(folder, 'results.db') };
}

export async function reading<T>(
  db: string,
  read: (reader: ResultsReader) => Promise<T>,
): Promise<T> {
  const reader = await openResults({ url: `file:${db}`, mode: 'read' });
  try {
    return await read(reader);
  } finally {
    await reader.close();
  }
}

/** The newest experiment with its runs. */
export const newest = (db: string) =>
  reading(db, async (reader) => {
    const [experiment] = await reader.experiments();
    if (experiment === undefined) throw new Error('no experiment');
    return { experiment, runs: await reader.runs(experiment.id) };
  });

/** Ctrl-C is promised to take no longer; a busy machine may add one second. */
export const END_MS = 4_000;

/** Short runs in virtual time. */
export const manyRuns = (count: number): string => `nodes: 10\nruns: ${count}\nmeasure: 60s\n`;

/** Ends in time, as a stopped experiment. */
export async function expectStopped(command: Command, code = 1): Promise<void> {
  const startedAt = performance.now();
  command.interrupt();
  expect((await command.ended).code).toBe(code);
  expect(performance.now() - startedAt).toBeLessThan(END_MS);
  await untilGone(command, 1_000);
  expectNoStack(command.out() + command.error());
}
