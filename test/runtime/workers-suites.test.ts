// Suites that run inside workerd, each of their tests one here; and what is deployed there.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { ScriptTarget, transpileModule } from 'typescript';
import { afterAll, describe, expect, it } from 'vitest';
import { endEverything, newFolder } from '../e2e/support/commands.ts';
import { importsOf, parse } from '../tidy/source.ts';
import { runInWorkerd } from './workers/suites.ts';
import { wrangler } from './wrangler.ts';

afterAll(endEverything);

/** What `wrangler deploy` would send. */
async function bundle(): Promise<{ readonly text: string; readonly said: string }> {
  const folder = await newFolder();
  const command = wrangler(folder, 'deploy', '--dry-run', '--outdir', folder);
  const { code } = await command.ended;
  if (code !== 0) throw new Error(command.out() + command.error());
  return { text: await readFile(join(folder, 'worker.js'), 'utf8'), said: command.out() };
}

/** Of libraries, which show how they are imported elsewhere. */
const withoutComments = (text: string): string =>
  transpileModule(text, {
    compilerOptions: { removeComments: true, target: ScriptTarget.ESNext },
  }).outputText;

const [outcomes, built] = await Promise.all([runInWorkerd(), bundle()]);
const files = [...new Set(outcomes.map(({ file }) => file))].sort();

describe.each(files)('inside workerd, %s', (file) => {
  const own = outcomes.filter((outcome) => outcome.file === file);
  it.each(own)('$name', ({ status, why }) => {
    expect(status, why).toBe('passed');
  });
});

it('were really run there, and all of them', () => {
  const ran = (suite: string): number =>
    outcomes.filter(({ file }) => file === `test/runtime/workers/${suite}.workerd.ts`).length;
  expect(ran('store')).toBeGreaterThanOrEqual(14);
  expect(ran('object')).toBeGreaterThanOrEqual(15);
  expect(ran('refusals')).toBeGreaterThanOrEqual(6);
  expect(ran('lost-alarm')).toBeGreaterThanOrEqual(6);
});

describe('the bundle', () => {
  it('needs nothing of Node.js, and no systeminformation', () => {
    const specifiers = (text: string) =>
      importsOf(parse('worker.js', text)).map((one) => one.specifier);
    expect(specifiers("import 'node:fs'; await import('x');")).toEqual(['node:fs', 'x']);
    expect(specifiers(built.text)).toEqual([]);
    const code = withoutComments(built.text);
    expect(code).not.toMatch(/systeminformation|["'`]node:[a-z]|\brequire\(/);
    // Without its polyfills either: the Worker is told to have none.
    expect(built.said).not.toMatch(/nodejs_compat/);
  });

  it('has the node in it, and its objects', () => {
    expect(built.text).toContain('PrioMonNode');
    expect(built.said).toContain('env.NODES (PrioMonNode)');
  });

  it('has 1 MB at most, compressed', async () => {
    const { length } = await promisify(gzip)(built.text);
    expect(length).toBeGreaterThan(50_000);
    expect(length).toBeLessThan(1_000_000);
  });
});
