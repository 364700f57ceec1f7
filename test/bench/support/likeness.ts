// Observed nodes run another entry, but must cost and behave like those of `npm run nodes`: their
// environment is read from one that was really started. Its flags are not to be seen there, for a
// node's title takes their place.

import { readFileSync } from 'node:fs';
import type { NodeConfig } from '../../../node/config/schema.ts';
import { launchProcesses } from '../../../node/experiment/processes.ts';
import { V8_FLAGS } from '../../../node/host/process/v8-flags.ts';

export interface Likeness {
  readonly execArgv: string[];
  readonly env: Record<string, string>;
}

/** Of the channel to the parent; fork gives each child its own. */
const CHANNEL = /^NODE_CHANNEL_/;

export async function likenessOf(config: NodeConfig): Promise<Likeness> {
  const launch = launchProcesses({ onLine: () => {}, onEnd: () => {} });
  const node = await launch.start(config);
  const pairs = readWords(`/proc/${node.pid}/environ`).map((pair): [string, string] => {
    const equals = pair.indexOf('=');
    return [pair.slice(0, equals), pair.slice(equals + 1)];
  });
  await node.stop();
  return {
    execArgv: [...V8_FLAGS],
    env: Object.fromEntries(pairs.filter(([name]) => name !== '' && !CHANNEL.test(name))),
  };
}

const readWords = (path: string): string[] =>
  readFileSync(path, 'utf8')
    .split('\0')
    .filter((word) => word !== '');
