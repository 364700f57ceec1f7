// npm run site as a process: what it says where there is nothing to build from, or nothing to read.

import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { createClient } from '@libsql/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildProblem } from '../../node/cli/site/build.ts';
import { withDemo } from '../../node/cli/site/demo.ts';
import { parsePreviewArguments, parseSiteArguments } from '../../node/cli/site/options.ts';
import { createSiteServer } from '../../node/cli/site/server.ts';
import { textOfDocument } from '../../node/storage/results/document.ts';
import { openResults } from '../../node/storage/results/libsql.ts';
import { madeData } from './fixtures.ts';
import { runCli } from './support/built-site.ts';
import { writeResults } from './support/database.ts';

let folder: string;
const at = (name: string): string => join(folder, name);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'priomon-site-command-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Expects that nothing was built, and answers the sentence. */
async function refused(...args: string[]): Promise<string> {
  const { code, out, error } = await runCli('site.ts', ['--out', at('none'), ...args]);
  expect({ code, out }).toEqual({ code: 1, out: '' });
  expect(error).toMatch(/\.\n$/);
  expect(error.trimEnd()).not.toContain('\n');
  expect(await readdir(folder)).not.toContain('none');
  return error.trimEnd();
}

const HOW = /npm run experiment -- quick.*npm run site -- --demo/;

describe('npm run site', () => {
  it('explains how to make results where there are none', async () => {
    const said = await refused('--db', at('missing.db'));
    expect(said).toMatch(/^There are no results in .*missing\.db yet: make one with/);
    expect(said).toMatch(HOW);
  });

  it('explains the same where no experiment was run', async () => {
    await writeResults(at('empty.db'), []);
    const said = await refused('--db', at('empty.db'));
    expect(said).toMatch(/^There is no experiment in .*empty\.db yet/);
    expect(said).toMatch(HOW);
  });

  it('says so when the file is no database', async () => {
    await writeFile(at('text.db'), 'This is a text. '.repeat(100));
    expect(await refused('--db', at('text.db'))).toContain('text.db');
  });

  it('says so when another program holds the database', { timeout: 60_000 }, async () => {
    const url = await writeResults(at('locked.db'), [madeData({ repeats: 1 })]);
    // Readers go on beside a writer; a program that wants the file for itself alone stops them.
    const holder = new DatabaseSync(fileURLToPath(url));
    holder.exec('PRAGMA journal_mode = DELETE; BEGIN EXCLUSIVE');
    expect(await refused('--db', at('locked.db'))).toMatch(/locked/);
    holder.close();
  });

  it('says so when a newer program wrote it', async () => {
    const url = await writeResults(at('newer.db'), []);
    const client = createClient({ url });
    await client.execute('INSERT INTO results_versions (version, applied_at_ms) VALUES (99, 0)');
    client.close();
    expect(await refused('--db', at('newer.db'))).toMatch(/99/);
  });

  it('says so when no server answers', async () => {
    expect(await refused('--db', 'http://127.0.0.1:9')).toContain('http://127.0.0.1:9');
  });

  it('never deletes what is no site', async () => {
    await mkdir(at('precious'));
    await writeFile(join(at('precious'), 'thesis.txt'), 'years of work');
    await writeResults(at('one.db'), [madeData({ repeats: 1 })]);
    const args = ['--db', at('one.db'), '--out', at('precious')];
    const { code, error } = await runCli('site.ts', args);
    expect(code).toBe(2);
    expect(error).toMatch(/precious, which holds other files .* name an empty folder\.\n$/);
    expect(await readFile(join(at('precious'), 'thesis.txt'), 'utf8')).toBe('years of work');
  });

  it('takes the database from the environment and answers as JSON', {
    timeout: 60_000,
  }, async () => {
    const url = await writeResults(at('env.db'), [madeData({ repeats: 1 })]);
    const out = at('from-env');
    const ended = await runCli('site.ts', ['--json', '--out', out], { RESULTS_DB: url });
    expect(ended.error).toBe('');
    expect(JSON.parse(ended.out)).toMatchObject({ out, base: '/', experiments: 1 });
    expect(await readdir(out)).toContain('index.html');
  });

  it('says so when the disk refuses, and leaves faults of the program as they are', async () => {
    const refusal = await readFile(at('not-there')).catch((error: unknown) => error);
    expect(buildProblem(refusal, 'public')).toMatchObject({
      code: 'site_out',
      message: expect.stringMatching(/^The site cannot be written to public: ENOENT: .*\.$/),
    });
    const fault = new TypeError('report is undefined');
    expect(buildProblem(fault, 'public')).toBe(fault);
  });

  it('takes the place of an older site, and leaves what else lies there', {
    timeout: 60_000,
  }, async () => {
    const url = await writeResults(at('again.db'), [madeData({ repeats: 1 })]);
    const out = at('published');
    const older = join(out, 'experiments', '7', 'index.html');
    await mkdir(join(out, 'experiments', '7'), { recursive: true });
    await mkdir(join(out, '_astro'));
    for (const file of [older, join(out, '_astro', 'older.js')]) await writeFile(file, 'older');
    await writeFile(join(out, 'CNAME'), 'report.example');
    expect((await runCli('site.ts', ['--db', url, '--out', out])).code).toBe(0);
    expect(await readdir(join(out, 'experiments'))).toEqual(['1']);
    expect(await readdir(join(out, '_astro'))).not.toContain('older.js');
    expect(await readFile(join(out, 'CNAME'), 'utf8')).toBe('report.example');
  });

  it('says in a sentence what stopped a build that had begun', { timeout: 60_000 }, async () => {
    const url = await writeResults(at('torn.db'), [madeData({ repeats: 1 })]);
    const client = createClient({ url });
    await client.execute('DROP TABLE spreads');
    client.close();
    expect(await refused('--db', url)).toMatch(/torn\.db failed: .*no such table: spreads\.$/);
  });

  it('shows examples, and refuses what makes no sense', () => {
    const help = parseSiteArguments(['--help']);
    expect(help.kind === 'help' && help.text).toContain('npm run site -- --demo');
    expect(parseSiteArguments(['--base', 'sub'])).toMatchObject({ options: { base: '/sub/' } });
    expect(parseSiteArguments([])).toMatchObject({ options: { base: '/', isDemo: false } });
    for (const [args, said] of [
      [['--base', 'http://x/'], '--base is http://x/, but must be a path such as /priomon/.'],
      [['--db', ''], '--db is empty; name a file or the address of a server.'],
      [['--out', ''], '--out is empty; name a folder.'],
      [['--demo', '--db', 'x.db'], '--db and --demo name two sources; leave one of them out.'],
      [['--bse', '/'], "Unknown option '--bse': did you mean --base?"],
    ] as const) {
      expect(parseSiteArguments(args)).toEqual({ kind: 'usage', message: said });
    }
  });
});

describe('the recorded results', () => {
  it('are a database for as long as a build takes', async () => {
    const url = await writeResults(at('recorded.db'), [madeData({ repeats: 1 })]);
    const reader = await openResults({ url, mode: 'read' });
    const pieces: string[] = [];
    for await (const piece of textOfDocument(reader, await reader.experiments()))
      pieces.push(piece);
    await reader.close();
    await writeFile(at('recorded.json.gz'), gzipSync(pieces.join('')));
    const used = await withDemo(async (demo) => {
      const copy = await openResults({ url: demo, mode: 'read' });
      expect((await copy.experiments()).map(({ name }) => name)).toEqual(['made-up']);
      expect((await copy.runs(1)).map(({ state }) => state)).toEqual(['done']);
      await copy.close();
      return demo;
    }, at('recorded.json.gz'));
    await expect(openResults({ url: used, mode: 'read' })).rejects.toThrow('no results');
  });

  it('say so when they are not there, or damaged', async () => {
    const use = async (): Promise<void> => undefined;
    await expect(withDemo(use, at('gone.json.gz'))).rejects.toThrow(
      /^The recorded results are missing/,
    );
    await writeFile(at('torn.json.gz'), gzipSync('{}').subarray(0, 12));
    await expect(withDemo(use, at('torn.json.gz'))).rejects.toThrow(
      /^The recorded results are missing or damaged/,
    );
    await writeFile(at('half.json.gz'), gzipSync('{"format":"priomon-res'));
    await expect(withDemo(use, at('half.json.gz'))).rejects.toThrow(
      /cannot be imported: it is no JSON/,
    );
  });
});

describe('npm run site:preview', () => {
  it('explains how to build a site where there is none', async () => {
    const { code, error } = await runCli('site-preview.ts', ['--out', at('nothing')]);
    expect(code).toBe(1);
    expect(error).toMatch(/^There is no site in .*nothing yet: build it with npm run site,/);
  });

  it('answers names that no file has, and no header could say, as not found', async () => {
    const server = createSiteServer(at('nothing'), '/');
    for (const path of ['/%00', '/%0d%0a', '/a%7f']) {
      expect((await server.request(`http://localhost${path}`)).status).toBe(404);
    }
  });

  it('takes a port and a path', () => {
    expect(parsePreviewArguments(['--port', '8000', '--base', '/a/b'])).toMatchObject({
      options: { port: 8_000, base: '/a/b/' },
    });
    expect(parsePreviewArguments(['--port', '99999'])).toMatchObject({ kind: 'usage' });
  });
});
