// What readers do with the site: choose series, zoom, switch scales, replay, download, compare.

import { readFile } from 'node:fs/promises';
import type { Locator, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type BuiltSite, buildSite } from './support/built-site.ts';
import { experimentPath, RICH, SINGLE } from './support/experiments.ts';
import { type Visitor, visitor } from './support/visit.ts';

let site: BuiltSite;
let reader: Visitor;
let page: Page;

beforeAll(async () => {
  site = await buildSite();
}, 120_000);
afterAll(() => site?.close());

beforeEach(async () => {
  reader = await visitor(site.browser, site.url, { acceptDownloads: true });
  page = reader.page;
});
afterEach(async () => {
  expect(reader.problems()).toEqual([]);
  await reader.close();
});

/** A figure that answers, in sight. */
async function open(id: string): Promise<Locator> {
  await page.goto(`${site.url}${experimentPath(RICH)}#${id}`);
  const figure = page.locator(`[data-figure="${id}"]`);
  await figure.scrollIntoViewIfNeeded();
  await figure.and(page.locator('[data-live]')).waitFor();
  return figure;
}

const picture = (figure: Locator): Promise<string> =>
  figure.locator('[data-plot] > svg').evaluate((svg) => svg.innerHTML);

describe('a figure', () => {
  it('hides and shows a series by its entry in the legend', async () => {
    const figure = await open('overhead-nodes');
    const before = await picture(figure);
    const full = figure.getByRole('button', { name: 'full', exact: true });
    expect(await full.getAttribute('aria-pressed')).toBe('true');
    await full.click();
    expect(await full.getAttribute('aria-pressed')).toBe('false');
    expect(await picture(figure)).not.toBe(before);
    await full.press('Enter');
    expect(await picture(figure)).toBe(before);
  });

  it('says so when the reader hides every series', async () => {
    const figure = await open('saved-time');
    const before = await picture(figure);
    await figure.getByRole('button', { name: 'Hide all' }).click();
    expect(await figure.getByText('No series is chosen.').isVisible()).toBe(true);
    expect(await picture(figure)).not.toBe(before);
    await figure.getByRole('button', { name: 'Show all' }).first().click();
    expect(await figure.getByText('No series is chosen.').count()).toBe(0);
    expect(await picture(figure)).toBe(before);
  });

  it('switches between a linear and a logarithmic scale', async () => {
    const figure = await open('overhead-nodes');
    const [linear, log] = ['Linear', 'Log'].map((name) =>
      figure.getByRole('button', { name, exact: true }),
    );
    const first = (await linear?.getAttribute('aria-pressed')) === 'true' ? log : linear;
    const before = await picture(figure);
    await first?.click();
    expect(await first?.getAttribute('aria-pressed')).toBe('true');
    expect(await picture(figure)).not.toBe(before);
  });

  it('zooms along time by the keyboard, and back', async () => {
    const figure = await open('error-time');
    const before = await picture(figure);
    await figure.getByLabel('Zoom: start').focus();
    for (let i = 0; i < 20; i++) await page.keyboard.press('ArrowRight');
    const zoomed = await picture(figure);
    expect(zoomed).not.toBe(before);
    await figure.getByLabel('Zoom: end').focus();
    for (let i = 0; i < 20; i++) await page.keyboard.press('ArrowLeft');
    expect(await picture(figure)).not.toBe(zoomed);
    const reset = figure.getByRole('group', { name: 'Zoom' }).getByRole('button');
    await reset.press('Enter');
    expect(await reset.isDisabled()).toBe(true);
    expect(axisOf(await picture(figure))).toBe(axisOf(before));
  });

  it('zooms to what a drag covers', async () => {
    const figure = await open('error-time');
    const before = await picture(figure);
    const svg = figure.locator('[data-plot] > svg');
    await svg.scrollIntoViewIfNeeded();
    const box = await svg.boundingBox();
    if (box === null) throw new Error('The picture has no place.');
    await page.mouse.move(box.x + box.width * 0.3, box.y + 100);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * 0.6, box.y + 120, { steps: 4 });
    expect(await figure.locator('.brush').count()).toBe(1);
    await page.mouse.up();
    expect(await figure.locator('.brush').count()).toBe(0);
    expect(axisOf(await picture(figure))).not.toBe(axisOf(before));
  });

  it('tells what is under the pointer', async () => {
    const figure = await open('overhead-nodes');
    const svg = figure.locator('[data-plot] > svg');
    const before = (await svg.textContent())?.length ?? 0;
    const dot = await svg.locator('g[fill^="var(--chart"] path').first().boundingBox();
    if (dot === null) throw new Error('The figure has no dot.');
    await page.mouse.move(dot.x + dot.width / 2 + 3, dot.y + dot.height / 2, { steps: 3 });
    await expect.poll(async () => (await svg.textContent())?.length ?? 0).toBeGreaterThan(before);
  });

  it('replays step by step, and by itself', async () => {
    const figure = await open('replay');
    const told = figure.locator('output');
    const last = await told.textContent();
    const before = await picture(figure);
    await figure.getByRole('button', { name: 'Back', exact: true }).press('Enter');
    expect(await told.textContent()).not.toBe(last);
    expect(await picture(figure)).not.toBe(before);
    await figure.getByLabel('Step').focus();
    await page.keyboard.press('Home');
    expect(await told.textContent()).toMatch(/^step 0 of \d+$/);
    const play = figure.getByRole('button', { name: 'Play' });
    await play.press('Enter');
    await expect.poll(() => told.textContent(), { timeout: 10_000 }).toMatch(/^step 2 /);
    await figure.getByRole('button', { name: 'Pause' }).press('Enter');
    expect(await figure.getByRole('button', { name: 'Play' }).isVisible()).toBe(true);
  });

  it('downloads as it is seen, and its rows', async () => {
    const figure = await open('overhead-nodes');
    const whole = await downloaded(figure, 'SVG');
    await figure.getByRole('button', { name: 'full', exact: true }).click();
    const less = await downloaded(figure, 'SVG');
    expect(whole.name).toBe('overhead-nodes.svg');
    expect(whole.text).toMatch(/^<\?xml.*\n<svg /);
    expect(less.text.length).toBeLessThan(whole.text.length);
    const csv = await downloaded(figure, 'CSV');
    expect(csv.name).toBe('overhead-nodes.csv');
    expect(csv.text).toContain('priomon');
  });

  it('is drawn anew when the page gets narrower', async () => {
    const figure = await open('overhead-nodes');
    const width = (): Promise<number> =>
      figure.locator('[data-plot] > svg').evaluate((svg) => Number(svg.getAttribute('width')));
    expect(await width()).toBeGreaterThan(700);
    await page.setViewportSize({ width: 390, height: 844 });
    await expect.poll(width).toBeLessThan(390);
  });
});

/** Texts of the x axis, which say how far it goes. */
const axisOf = (svg: string): string =>
  [...svg.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map(([, text]) => text).join(' ');

async function downloaded(figure: Locator, kind: string): Promise<{ name: string; text: string }> {
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    figure.getByRole('link', { name: new RegExp(`^${kind}`) }).click(),
  ]);
  return {
    name: download.suggestedFilename(),
    text: await readFile(await download.path(), 'utf8'),
  };
}

describe('the comparison', () => {
  const columns = () => page.locator('[data-sheet] thead th');
  const choices = () => page.locator('[data-choices]').getByRole('checkbox');

  it('shows some points at first, and what is ticked by the keyboard', async () => {
    await reader.go('compare/');
    const before = await columns().count();
    expect(before).toBeGreaterThan(1);
    await page.locator('[data-choices] input:not(:checked)').first().press('Space');
    expect(await columns().count()).toBe(before + 1);
    expect(page.url()).toContain('?pick=');
  });

  it('is in the address of the page', async () => {
    await reader.go('compare/');
    await page.locator('[data-choices] input:not(:checked)').last().check();
    await page
      .getByRole('button', { name: /^Baseline/ })
      .last()
      .click();
    // Whoever pressed it by the keyboard goes on from there.
    expect(await page.locator(':focus').getAttribute('aria-pressed')).toBe('true');
    const sheet = await page.locator('[data-sheet]').innerHTML();
    await reader.go(`compare/${new URL(page.url()).search}`);
    expect(await page.locator('[data-sheet]').innerHTML()).toBe(sheet);
  });

  it('tells every measure as a multiple of the baseline, with its interval', async () => {
    await reader.go('compare/?pick=1.0,1.6');
    const row = page.locator('[data-sheet] tr', { hasText: 'wire_bytes' }).first();
    const [first, second] = await row.locator('td').allTextContents();
    expect(first).toMatch(/ ± .*n = \d/);
    expect(first).not.toContain('×');
    expect(second).toContain('×');
  });

  it('leaves out what an address names as a point and is only a run', async () => {
    await reader.go('compare/?pick=1.1,1.3,1.6&base=1.6');
    expect(await columns().count()).toBe(3);
    const row = page.locator('[data-sheet] tr', { hasText: 'wire_bytes' }).first();
    const [first, baseline] = await row.locator('td').allTextContents();
    expect(first).toContain('×');
    expect(baseline).not.toContain('×');
  });

  it('goes from points to single runs and takes the choice along', async () => {
    await reader.go('compare/?pick=1.0');
    const points = await choices().count();
    await page.getByLabel('single runs').check();
    expect(await choices().count()).toBeGreaterThan(points);
    expect(await columns().count()).toBe(2);
    expect(page.url()).toContain('show=runs');
  });

  it('takes eight at most, filters by words, and forgets all', async () => {
    await reader.go('compare/?show=runs&pick=none');
    expect(await columns().count()).toBe(0);
    for (let i = 0; i < 8; i++) await choices().nth(i).check();
    expect(await choices().nth(8).isDisabled()).toBe(true);
    await page.getByLabel('Filter').fill('PRIOMON nodes 50');
    const shown = await page.locator('[data-choices] label:visible').allTextContents();
    expect(shown.length).toBeGreaterThan(0);
    for (const text of shown) expect(text).toMatch(/nodes 50.*priomon/);
    await page.getByRole('button', { name: 'Clear' }).click();
    expect(await columns().count()).toBe(0);
    expect(await page.getByText('Nothing is chosen yet.').isVisible()).toBe(true);
  });
});

describe('the keyboard', () => {
  it('gets past the navigation by the first link', async () => {
    await reader.go('');
    await page.keyboard.press('Tab');
    expect(await page.locator(':focus').textContent()).toBe('Skip to the content');
    await page.keyboard.press('Enter');
    expect(await page.locator(':focus').getAttribute('id')).toBe('content');
  });

  it('reaches all there is to press, in the order of the page, and shows where it is', async () => {
    await reader.go(experimentPath(SINGLE));
    const wanted = await page.evaluate(() => {
      const all = document.querySelectorAll<HTMLElement>(
        'a[href], button:enabled, input:enabled, summary, [tabindex="0"]',
      );
      const seen = [...all].filter((each) => each.checkVisibility());
      seen.forEach((each, i) => {
        each.dataset.order = String(i);
      });
      return seen.length;
    });
    const reached: string[] = [];
    await page.locator('.skip').focus();
    for (let i = 0; i < wanted; i++) {
      if (i > 0) await page.keyboard.press('Tab');
      reached.push(await page.evaluate(orderOfFocus));
    }
    expect(reached).toEqual(Array.from({ length: wanted }, (_, i) => String(i)));
  });
});

/** Runs in the page; empty where the focus is nowhere, or cannot be seen. */
function orderOfFocus(): string {
  const at = document.activeElement;
  const isSeen = at !== null && getComputedStyle(at).outlineStyle !== 'none';
  return at instanceof HTMLElement && isSeen ? (at.dataset.order ?? '') : '';
}

describe('the colours', () => {
  const ground = (): Promise<string> =>
    page.evaluate(() => getComputedStyle(document.body).backgroundColor);

  it('are switched by a button that is remembered', async () => {
    await reader.go('');
    const light = await ground();
    await page.getByRole('button', { name: /^Colours/ }).click();
    const dark = await ground();
    expect(dark).not.toBe(light);
    await reader.go('method/');
    expect(await ground()).toBe(dark);
    await page.getByRole('button', { name: 'Colours: dark' }).click();
    expect(await ground()).toBe(light);
  });
});
