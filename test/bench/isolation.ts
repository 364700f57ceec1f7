// Runs one benchmark in a process of its own: with a network namespace where the machine permits
// one, bounded in time, and with a folder that is gone afterwards.

import { execFileSync, fork, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Benchmark, Context, Outcome, Row } from './benchmark.ts';

export interface Order {
  readonly name: string;
  readonly context: Context;
}

export type Report =
  | { readonly type: 'done'; readonly rows: readonly Row[] }
  | { readonly type: 'failed'; readonly problem: string };

/** Words before a command that give it a network of its own; undefined where none is permitted. */
export type Namespace = readonly string[] | undefined;

const LIMIT_MS = 25 * 60_000;
const QUICK_LIMIT_MS = 5 * 60_000;
/** Time for nodes that lost their parent to end before their folder goes. */
const FAREWELL_MS = 2_000;

const WAYS: readonly (readonly string[])[] = [
  ['unshare', '--net'],
  // Without root: a user namespace in which this user may set up a network.
  ['unshare', '--net', '--map-root-user'],
];

/** Interfaces that nodes count as real, best first; not every kernel has every kind. */
const KINDS: readonly (readonly string[])[] = [
  ['type', 'dummy'],
  ['type', 'veth', 'peer', 'name', 'eth1'],
  ['type', 'bridge'],
];

export function findNamespace(): Namespace {
  return WAYS.find(([program = '', ...words]) => {
    const probe = [...words, 'ip', 'link', 'set', 'lo', 'up'];
    return spawnSync(program, probe, { stdio: 'ignore' }).status === 0;
  });
}

/** Called inside a fresh namespace: loopback up, and an interface so that `network` has data. */
export function setUpNetwork(): void {
  const ip = (...words: readonly string[]) => execFileSync('ip', words, { stdio: 'ignore' });
  ip('link', 'set', 'lo', 'up');
  for (const kind of KINDS) {
    try {
      ip('link', 'add', 'eth0', ...kind);
      ip('address', 'add', '10.255.255.1/24', 'dev', 'eth0');
      ip('link', 'set', 'eth0', 'up');
      return;
    } catch {
      // This kernel lacks the kind; without any, nodes gossip three metrics instead of four.
    }
  }
}

export async function runIsolated(
  { name }: Benchmark,
  isQuick: boolean,
  namespace: Namespace,
  stopped: AbortSignal,
): Promise<Outcome> {
  const startedAt = performance.now();
  const folder = mkdtempSync(join(tmpdir(), 'priomon-bench-'));
  const isIsolated = namespace !== undefined;
  // Away from where clusters usually live, and from ports that fetch refuses, such as 4045.
  const basePort = 20_000 + Math.floor(Math.random() * 10_000);
  const context: Context = { isQuick, isIsolated, basePort, folder };
  const report = await orderChild({ name, context }, namespace, stopped);
  const seconds = (performance.now() - startedAt) / 1_000;
  await new Promise((resolve) => setTimeout(resolve, FAREWELL_MS));
  rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  return report.type === 'done'
    ? { name, seconds, rows: report.rows }
    : { name, seconds, problem: report.problem };
}

function orderChild(order: Order, namespace: Namespace, stopped: AbortSignal): Promise<Report> {
  const [execPath = process.execPath, ...before] = [...(namespace ?? []), process.execPath];
  const child = fork(new URL('./child.ts', import.meta.url), {
    execPath,
    execArgv: before,
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  stopped.addEventListener('abort', () => child.kill('SIGKILL'), { once: true });
  const limitMs = order.context.isQuick ? QUICK_LIMIT_MS : LIMIT_MS;
  return new Promise((resolve) => {
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      resolve({ type: 'failed', problem: `it took longer than ${limitMs / 60_000} minutes` });
    }, limitMs);
    child.once('message', (report: Report) => resolve(report));
    child.once('exit', (code, signal) => {
      clearTimeout(timer);
      resolve({ type: 'failed', problem: `its process ended with ${signal ?? `code ${code}`}` });
    });
    child.send(order);
  });
}
