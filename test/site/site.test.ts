// The built site in a real browser: every page, on a phone and a wide screen, light and dark.

import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type BuiltSite, buildSite, runCli, serveSite } from './support/built-site.ts';
import {
  EMPTY,
  experimentPath,
  FAILED,
  HOSTILE,
  PAGES,
  RICH,
  SINGLE,
} from './support/experiments.ts';
import { linksOf } from './support/links.ts';
import { accessibilityProblems, type Visitor, visitor } from './support/visit.ts';

const MAX_SCRIPT_BYTES = 300_000;
const NO_PAGE = 'no/such/page/';
/** A page of every kind; looking for faults of accessibility takes seconds a page. */
const KINDS = new Set(
  ['', 'compare/', 'method/', 'schema/', NO_PAGE].concat([RICH, FAILED].map(experimentPath)),
);

let site: BuiltSite;

beforeAll(async () => {
  site = await buildSite();
}, 120_000);
afterAll(() => site?.close());

it('is built, and says where and what has no figures', () => {
  const { built, out, base } = site;
  expect(built.error).toBe('');
  expect(built.out).toContain('Experiment 3 (failed) has no finished run, so it has no figures.');
  expect(built.out).toContain('The report of 5 experiments');
  expect(built.out).toContain(`npm run site:preview -- --out ${out} --base ${base}`);
  expect(built.code).toBe(0);
});

/** Pages have one structure for both, so it is looked at once; their colours differ. */
const LOOKS = [
  {
    name: 'a phone in the light',
    viewport: { width: 390, height: 844 },
    colorScheme: 'light',
    rules: undefined,
  },
  {
    name: 'a wide screen in the dark',
    viewport: { width: 1280, height: 900 },
    colorScheme: 'dark',
    rules: ['color-contrast'],
  },
] as const;

describe.each(LOOKS)('on $name', ({ viewport, colorScheme, rules }) => {
  let reader: Visitor;
  beforeAll(async () => {
    reader = await visitor(site.browser, site.url, { viewport, colorScheme });
  });
  afterAll(() => reader?.close());

  it.each([...PAGES, NO_PAGE])('page /%s works', { timeout: 60_000 }, async (path) => {
    await reader.go(path);
    const { page } = reader;
    const problems = reader.problems();
    expect(path === NO_PAGE ? problems.filter((text) => !text.includes('404')) : problems).toEqual(
      [],
    );
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(viewport.width);
    if (KINDS.has(path)) expect(await accessibilityProblems(page, rules)).toEqual([]);
    expect(await page.locator('h1').count()).toBe(1);
    for (const mark of ['header', 'nav', 'main', 'footer']) {
      expect(await page.locator(mark).count()).toBeGreaterThan(0);
    }
    expect(await scriptBytes(page.url(), await page.content())).toBeLessThan(MAX_SCRIPT_BYTES);
    const policy = page.locator('meta[http-equiv="Content-Security-Policy"]');
    expect(await policy.getAttribute('content')).toMatch(/default-src 'none'; script-src 'self';/);
    // A name from the database never becomes an element.
    expect(await page.locator('img').count()).toBe(0);
  });
});

/** Of all modules of a page with what they import, compressed. */
async function scriptBytes(url: string, html: string): Promise<number> {
  const seen = new Map<string, number>();
  const load = async (address: string): Promise<void> => {
    if (seen.has(address)) return;
    seen.set(address, 0);
    const text = await (await fetch(address)).text();
    seen.set(address, gzipSync(text).length);
    for (const [, path = ''] of text.matchAll(/(?:from|import)\s*\(?["'](\.[^"']+\.js)["']/g)) {
      await load(new URL(path, address).href);
    }
  };
  for (const [, src = ''] of html.matchAll(/<script[^>]*\ssrc="([^"]+)"/g)) {
    await load(new URL(src, url).href);
  }
  expect(seen.size).toBeGreaterThan(1);
  return [...seen.values()].reduce((sum, size) => sum + size, 0);
}

it('leads only to pages, files and places that exist, under any path', async () => {
  for (const base of [site.base, '/']) {
    const served = await serveSite(site.out, base);
    for (const path of PAGES) {
      expect({ path, broken: await linksOf(served.url, path) }).toEqual({ path, broken: [] });
    }
    await served.listener.close();
  }
});

it('is served by the preview until Ctrl-C, under its path', async () => {
  const { out, base } = site;
  const answers: Promise<Response>[] = [];
  const args = ['--port', '0', '--out', out, '--base', base];
  const { code, error } = await runCli('site-preview.ts', args, {}, (text, stop) => {
    const url = /at (http\S+)/.exec(text)?.[1];
    if (url === undefined || answers.length > 0) return;
    answers.push(fetch(url), fetch(`${url}compare`), fetch(`${url}nowhere`));
    Promise.allSettled(answers).then(stop);
  });
  expect({ code, error }).toEqual({ code: 0, error: '' });
  const [index, compare, nowhere] = await Promise.all(answers);
  expect(index?.status).toBe(200);
  // Relative links need the slash at the end of a folder.
  expect(compare?.url).toMatch(/compare\/$/);
  expect(nowhere?.status).toBe(404);
  expect(await nowhere?.text()).toContain('There is no such page');
});

describe('without a script', () => {
  let reader: Visitor;
  beforeAll(async () => {
    reader = await visitor(site.browser, site.url, { javaScriptEnabled: false });
  });
  afterAll(() => reader?.close());

  it('figures have a picture, a finding, files and a table', async () => {
    await reader.go(experimentPath(RICH));
    const figures = await reader.page.locator('[data-figure]').all();
    expect(figures.length).toBeGreaterThan(10);
    for (const figure of figures) {
      const marks = '[data-plot] svg :is(path, rect, circle, line)';
      expect(await figure.locator(marks).count()).toBeGreaterThan(3);
      expect(await figure.locator('figcaption').textContent()).toMatch(/\.$/);
      expect(await figure.locator('tbody tr').count()).toBeGreaterThan(0);
      expect(await figure.locator('.figure-files a').count()).toBe(2);
      expect(await figure.locator('button').count()).toBe(0);
    }
    for (const empty of await reader.page.locator('[data-empty]').all()) {
      expect(await empty.locator('dd').textContent()).toMatch(/\.$/);
    }
  });

  it('failed and late runs stand in the open', async () => {
    await reader.go(experimentPath(RICH));
    expect(await reader.page.getByText('n7 ended before').first().isVisible()).toBe(true);
    expect(await reader.page.getByText('The event loop was late.').first().isVisible()).toBe(true);
  });

  it.each([FAILED, EMPTY])('experiment %i, where no run was finished, says so', async (id) => {
    await reader.go(experimentPath(id));
    expect(await reader.page.locator('figure').count()).toBe(0);
    expect(await reader.page.locator('main').textContent()).toMatch(/nothing to show|no figures/);
  });

  it.each(['', 'compare/', experimentPath(SINGLE), experimentPath(FAILED)])(
    'names on /%s are the text that the database holds',
    async (path) => {
      await reader.go(path);
      expect(await reader.page.locator('main').textContent()).toContain(HOSTILE);
    },
  );

  it('any points can be compared: all of them stand in tables', async () => {
    await reader.go('compare/');
    expect(await reader.page.locator('[data-compare]').isVisible()).toBe(false);
    const rows = reader.page.locator('[data-all] tbody tr:visible');
    expect(await rows.count()).toBe(6 + 1 + 4);
  });
});

it('gives the rows of each figure as CSV and its picture as SVG, in files', async () => {
  const folder = join(site.out, experimentPath(RICH), 'figures');
  const names = await readdir(folder);
  expect(names.filter((name) => name.endsWith('.csv')).length).toBe(names.length / 3);
  const csv = await readFile(join(folder, 'overhead-nodes.csv'), 'utf8');
  expect(csv.split('\r\n')[0]).toContain('(B/s)');
  expect(csv.split('\r\n').length).toBeGreaterThan(5);
  const svg = await readFile(join(folder, 'overhead-nodes.svg'), 'utf8');
  const reader = await visitor(site.browser, site.url);
  const root = await reader.page.evaluate(
    (text) => new DOMParser().parseFromString(text, 'image/svg+xml').documentElement.localName,
    svg,
  );
  expect(root).toBe('svg');
  await reader.close();
});
