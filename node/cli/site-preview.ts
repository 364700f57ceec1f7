// npm run site:preview: the built report site on a port of this machine.

import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { OperatingError } from '../errors.ts';
import { listen } from '../host/network/listen.ts';
import { runCommand } from './command.ts';
import { type PreviewOptions, parsePreviewArguments } from './site/options.ts';
import { createSiteServer } from './site/server.ts';

async function main({ folder, base, port }: PreviewOptions): Promise<undefined> {
  process.title = 'priomon site';
  await stat(join(folder, 'index.html')).catch((cause) => {
    throw new OperatingError(
      'site_missing',
      `There is no site in ${folder} yet: build it with npm run site, or npm run site -- --demo.`,
      { cause },
    );
  });
  const listener = await listen(createSiteServer(folder, base), { host: '127.0.0.1', port });
  process.stdout.write(`The report is at ${listener.address}${base} (Ctrl-C ends this).\n`);
  const stop = (): void => {
    listener.close().catch(() => undefined);
  };
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
}

await runCommand(parsePreviewArguments, main);
