// npm run site:screenshots: the pictures of the README, taken from a built site in a real browser.

import { mkdir, stat, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Browser } from 'playwright-core';
import { launchBrowser } from './browser.ts';
import { serveSite } from './support/built-site.ts';

const SITE = fileURLToPath(new URL('../../analysis-site/dist', import.meta.url));
const TARGET = fileURLToPath(new URL('../../analysis-site/screenshots', import.meta.url));
/** A README should load fast. */
const MAX_BYTES = 200_000;

interface Shot {
  readonly name: string;
  /** `experiment` is the newest one that compared strategies. */
  readonly page: 'overview' | 'experiment' | 'compare';
  readonly width: number;
  readonly height: number;
  readonly colorScheme: 'light' | 'dark';
  /** Scrolls there first. */
  readonly at?: string;
}

const SHOTS: readonly Shot[] = [
  { name: 'overview', page: 'overview', width: 1200, height: 760, colorScheme: 'light' },
  {
    name: 'figure',
    page: 'experiment',
    width: 1200,
    height: 760,
    colorScheme: 'dark',
    at: 'main section .figure',
  },
  { name: 'compare', page: 'compare', width: 1200, height: 900, colorScheme: 'light' },
];

async function take(browser: Browser, root: string, shot: Shot): Promise<void> {
  const { name, width, height, colorScheme, at } = shot;
  const page = await browser.newPage({ viewport: { width, height }, colorScheme });
  await page.goto(shot.page === 'compare' ? `${root}compare/` : root);
  if (shot.page === 'experiment')
    await page.locator('.card:has(.savings) .card-title').first().click();
  if (shot.page === 'compare') await page.locator('[data-compare][data-live]').waitFor();
  if (at !== undefined) {
    const target = page.locator(at).first();
    await target.evaluate((element) => element.scrollIntoView({ block: 'start' }));
    await target.and(page.locator('[data-live]')).waitFor();
    await target.evaluate((element) => element.scrollIntoView({ block: 'start' }));
  }
  const path = `${TARGET}/${name}.png`;
  await writeFile(path, await page.screenshot());
  await page.close();
  const { size } = await stat(path);
  process.stdout.write(`${path} (${Math.round(size / 1000)} kB)\n`);
  if (size > MAX_BYTES) throw new Error(`${path} has ${size} bytes, ${MAX_BYTES} are allowed.`);
}

await mkdir(TARGET, { recursive: true });
const site = await serveSite(SITE, '/');
const browser = await launchBrowser();
try {
  for (const shot of SHOTS) await take(browser, site.url, shot);
} finally {
  await browser.close();
  await site.listener.close();
}
