// What to say when the runtime itself forbids something, as Deno does with what it was not allowed.

import type { NodeConfig } from '../../config/schema.ts';
import { OperatingError } from '../../errors.ts';
import { DEFAULT_ROOTS, mountedRoots } from '../../probes/index.ts';
import { isForbidden } from '../../probes/support/text.ts';

/** Deno says: `Requires net access to "…", run again with the --allow-net flag`. */
export function explainForbidden(error: unknown): OperatingError | undefined {
  if (!(error instanceof Error) || error.name !== 'NotCapable') return undefined;
  const [required = '', fix = ''] = error.message.split(', run again with ');
  const sentence =
    `Deno forbids what a node needs: it ${required.charAt(0).toLowerCase()}${required.slice(1)}; ` +
    `run it with ${fix || 'that permission'}, or by npm run node:deno, which has all.`;
  return new OperatingError('forbidden', sentence, { cause: error });
}

/** What is not measured where /proc stays closed; undefined where it is open. */
export function remarkClosedProc({ hostRoot }: Pick<NodeConfig, 'hostRoot'>): string | undefined {
  const roots = hostRoot === undefined ? DEFAULT_ROOTS : mountedRoots(hostRoot);
  if (!isForbidden(roots)) return undefined;
  return (
    'Deno opens /proc only with --allow-all: without it the network, swap and all file systems ' +
    'except / are not measured.'
  );
}
