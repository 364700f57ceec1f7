// A real headless Chromium for tests and pictures: the machine's own, or the one of a package.

import { access } from 'node:fs/promises';
import packaged from '@sparticuz/chromium';
import { type Browser, chromium } from 'playwright-core';

const OF_MACHINE = '/usr/bin/chromium';

/** Root needs the first; the others keep it from the network and from what a server lacks. */
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-background-networking',
  '--disable-component-update',
  '--hide-scrollbars',
];

export type BrowserKind = 'of the machine' | 'packaged';

const isThere = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

export async function launchBrowser(kind?: BrowserKind): Promise<Browser> {
  const wanted = kind ?? ((await isThere(OF_MACHINE)) ? 'of the machine' : 'packaged');
  const executablePath = wanted === 'packaged' ? await packaged.executablePath() : OF_MACHINE;
  return chromium.launch({ executablePath, args: FLAGS, headless: true });
}
