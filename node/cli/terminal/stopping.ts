// When a command that runs on its own should end: at a signal, or when nobody could stop it any
// more or reads what it says.

import { readFileSync } from 'node:fs';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
/** How often the end of the parent is looked for, ms. */
const PARENT_LOOK_MS = 500;

/** A signal, or the end of the npm that started us: nobody could stop us any more. */
export function untilStopped(): { signal: AbortSignal } {
  const controller = new AbortController();
  for (const name of SIGNALS) process.on(name, () => controller.abort());
  // Nobody reads any more, as in `npm run nodes | head -1`.
  process.stdout.on('error', () => controller.abort());
  process.stderr.on('error', () => controller.abort());
  if (process.env.npm_lifecycle_event !== undefined) {
    const areGone = watchAncestors();
    setInterval(() => areGone() && controller.abort(), PARENT_LOOK_MS).unref();
  }
  return controller;
}

/**
 * Returns a question that is true once the parent, or where the system tells it the parent's
 * parent, is gone: npm puts a shell between itself and its scripts, which outlives it.
 */
function watchAncestors(): () => boolean {
  const before = ancestors();
  return () => ancestors() !== before;
}

const ancestors = (): string => `${process.ppid} ${parentOf(process.ppid)}`;

/** Empty where there is no /proc. */
function parentOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The second field is a name in brackets that may hold anything; state and parent follow it.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1] ?? '';
  } catch {
    return '';
  }
}
