// What a result says of the machine it was measured on.

import { readFileSync } from 'node:fs';
import { cpus, release, totalmem, type } from 'node:os';
import type { MachineFacts } from '../storage/results/rows.ts';

const MANIFEST = new URL('../../package.json', import.meta.url);

export function machineFacts(): MachineFacts {
  const cores = cpus();
  const { version } = JSON.parse(readFileSync(MANIFEST, 'utf8')) as { version: string };
  return {
    cpu: cores[0]?.model.trim() ?? 'unknown',
    cores: cores.length,
    memoryBytes: totalmem(),
    system: `${type()} ${release()}`,
    runtime: `Node.js ${process.versions.node}`,
    priomon: version,
  };
}
