// Visits pages and remembers all that went wrong on the way.

import axe from 'axe-core';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';

export interface Visitor {
  readonly page: Page;
  /** Goes to a page of the site and waits until all that lives in it lives. */
  go(path: string): Promise<void>;
  /** Since the last call: errors of the console and of scripts, requests that failed or left. */
  problems(): string[];
  close(): Promise<void>;
}

/** Places of one fault that are told. */
const MOST_PLACES = 3;

/** `site` has a slash at its end; a request for anything else is a problem. */
export async function visitor(
  browser: Browser,
  site: string,
  options: BrowserContextOptions = {},
): Promise<Visitor> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  const page = await context.newPage();
  const problems: string[] = [];
  watch(page, site, problems);
  return {
    page,
    async go(path) {
      await page.goto(site + path, { waitUntil: 'load' });
      if (options.javaScriptEnabled !== false) await seeEverything(page);
    },
    problems: () => problems.splice(0),
    close: () => context.close(),
  };
}

function watch(page: Page, site: string, problems: string[]): void {
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) problems.push(message.text());
  });
  page.on('pageerror', (error) => problems.push(error.message));
  page.on('dialog', (dialog) => {
    problems.push(`a dialog: ${dialog.message()}`);
    dialog.dismiss().catch(() => undefined);
  });
  page.on('request', (request) => {
    const url = request.url();
    if (!url.startsWith(site) && !/^(blob|data):/.test(url)) problems.push(`asks for ${url}`);
  });
  page.on('requestfailed', (request) => problems.push(`failed: ${request.url()}`));
  page.on('response', (response) => {
    if (response.status() >= 400) problems.push(`${response.status()} ${response.url()}`);
  });
}

/** Brings every figure into sight, and waits until each was drawn anew; then back to the top. */
const seeEverything = (page: Page): Promise<void> =>
  page.evaluate(async () => {
    const frame = (): Promise<number> => new Promise((resolve) => requestAnimationFrame(resolve));
    for (const part of document.querySelectorAll<HTMLElement>('[data-figure], [data-compare]')) {
      part.scrollIntoView({ block: 'center' });
      const until = performance.now() + 10_000;
      while (part.dataset.live === undefined) {
        if (performance.now() > until) throw new Error(`${part.id || 'compare'} stays as built`);
        await frame();
      }
    }
    scrollTo(0, 0);
  });

/**
 * Serious faults of accessibility, as sentences; `rules` names the only ones to look at. The
 * insides of pictures are no elements to a screen reader.
 */
export async function accessibilityProblems(
  page: Page,
  rules?: readonly string[],
): Promise<string[]> {
  // Not as a script of the page: its policy would refuse that, rightly.
  await page.evaluate(axe.source);
  const context = { exclude: [['[data-plot] > svg > *']] };
  const options = { resultTypes: ['violations'], ...(rules && { runOnly: rules }) };
  const results = await page.evaluate<axe.AxeResults>(
    `axe.run(${JSON.stringify(context)}, ${JSON.stringify(options)})`,
  );
  return results.violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => {
      const places = nodes.slice(0, MOST_PLACES).map(({ target }) => target.join(' '));
      return `${id}: ${places.join('; ')}`;
    });
}
