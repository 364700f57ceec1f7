// npm run page:screenshots -- URL: the pictures of the README, of a node that runs.

import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { launchBrowser } from '../site/browser.ts';

const SHOTS = [
  { name: 'fleet', width: 1100, height: 760, colorScheme: 'light' },
  { name: 'fleet-phone', width: 390, height: 760, colorScheme: 'dark' },
] as const;

const [url = 'http://127.0.0.1:4001'] = process.argv.slice(2);
const browser = await launchBrowser();
try {
  for (const { name, width, height, colorScheme } of SHOTS) {
    const page = await browser.newPage({ viewport: { width, height }, colorScheme });
    await page.goto(url);
    const path = fileURLToPath(new URL(`../../docs/${name}.png`, import.meta.url));
    await writeFile(path, await page.screenshot());
    await page.close();
    process.stdout.write(`${path}\n`);
  }
} finally {
  await browser.close();
}
