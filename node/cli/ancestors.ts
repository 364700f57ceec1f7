// Who started this process, and whether they still run.

import { readFileSync } from 'node:fs';

/**
 * Returns a question that is true once the parent, or where the system tells it the parent's
 * parent, is gone: npm puts a shell between itself and its scripts, which outlives it.
 */
export function watchAncestors(): () => boolean {
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
