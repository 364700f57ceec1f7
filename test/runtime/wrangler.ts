// `wrangler dev` as a process: the Worker with its objects in real workerd, on this machine and
// without any network.

import { expect } from 'vitest';
import { type Command, runProgram, until } from '../e2e/support/commands.ts';

export interface WorkerOptions {
  /** Names of the objects. */
  readonly nodes: readonly string[];
  readonly port: number;
  /** Folder for what the objects store; given again, they find it again. */
  readonly folder: string;
  /** Variables and secrets, besides PRIOMON_NODES. */
  readonly variables?: Readonly<Record<string, string>>;
}

export interface Workers {
  readonly command: Command;
  /** Where each object answers, in the order of the names. */
  readonly urls: readonly string[];
  /** All memory ends without a word; resolves when nothing of it runs any more. */
  kill(): Promise<void>;
}

/** Starting takes five seconds on a quiet machine. */
const START_LIMIT_MS = 60_000;

/** What keeps wrangler to itself: no reports, no look for updates, nothing in the home folder. */
const environment = (folder: string): string[] => [
  ...['CI=1', 'WRANGLER_SEND_METRICS=false', 'WRANGLER_SEND_ERROR_REPORTS=false'],
  ...['WRANGLER_HIDE_BANNER=true', 'CLOUDFLARE_CF_FETCH_ENABLED=false'],
  ...[`XDG_CONFIG_HOME=${folder}`, `WRANGLER_LOG_PATH=${folder}/logs`],
];

/** The command in this environment, with the project's own Node. */
export const wrangler = (folder: string, ...words: readonly string[]): Command =>
  runProgram(
    'env',
    ...environment(folder),
    process.execPath,
    'node_modules/wrangler/bin/wrangler.js',
    ...words,
  );

/** Resolves when each object's address answers; the objects themselves wait for a first request. */
export async function startWorkers(options: WorkerOptions): Promise<Workers> {
  const { nodes, port, folder, variables = {} } = options;
  const all = { PRIOMON_NODES: nodes.join(), ...variables };
  const words = Object.entries(all).flatMap(([name, value]) => ['--var', `${name}:${value}`]);
  const command = wrangler(
    folder,
    ...['dev', '--local', '--ip', '127.0.0.1', '--port', String(port), '--inspector-port', '0'],
    ...['--persist-to', folder, '--show-interactive-dev-session=false', ...words],
  );
  const base = `http://127.0.0.1:${port}`;
  await until(START_LIMIT_MS, async () => {
    const answer = await fetch(`${base}/`, { signal: AbortSignal.timeout(2_000) });
    expect(answer.status, command.error()).toBe(200);
  });
  return {
    command,
    urls: nodes.map((name) => `${base}/n/${name}`),
    async kill() {
      // workerd is a child of a child; the group has them all.
      process.kill(-command.pid, 'SIGKILL');
      await command.ended;
    },
  };
}
