// The probes of a machine. A new one is one file and one line here.

import { join } from 'node:path';
import type { Probe } from '../ports.ts';
import { createCpuProbe } from './linux/cpu.ts';
import { createLoadProbe } from './linux/load.ts';
import { createMemoryProbe } from './linux/memory.ts';
import { createNetworkProbe } from './linux/network.ts';
import { createStorageProbe } from './linux/storage.ts';
import { createSwapProbe } from './linux/swap.ts';
import { createPortableCpuProbe } from './portable/cpu.ts';
import { createPortableLoadProbe } from './portable/load.ts';
import { createPortableMemoryProbe } from './portable/memory.ts';
import { createPortableNetworkProbe } from './portable/network.ts';
import { createPortableStorageProbe } from './portable/storage.ts';
import type { StatDevice, StatFileSystem } from './support/file-systems/statfs.ts';
import { loadGuardedSystem } from './support/guarded-system.ts';
import { createReadingAhead } from './support/stand-ins.ts';
import { type LoadSystemInformation, loadSystemInformation } from './support/system-information.ts';
import { isForbidden, type Roots } from './support/text.ts';

export const DEFAULT_ROOTS: Roots = { proc: '/proc', sys: '/sys', files: '/' };

/** Of a machine whose tree is mounted there; its first process sees what the machine sees. */
export const mountedRoots = (root: string): Roots => ({
  proc: join(root, 'proc'),
  sys: join(root, 'sys'),
  files: root,
  process: '1',
});

export interface ProbeOptions {
  /** As `process.platform` says it. */
  readonly platform: string;
  /** Of Linux; a container that watches its host says where the host's trees are mounted. */
  readonly roots?: Roots;
  readonly statFileSystem?: StatFileSystem;
  readonly statDevice?: StatDevice;
  readonly loadSystemInformation?: LoadSystemInformation;
}

/** Probes keep baselines for their rates, so every sampler needs a set of its own. */
export function createProbes(options: ProbeOptions): Probe[] {
  const { platform, roots = DEFAULT_ROOTS, statFileSystem, statDevice } = options;
  const isGuarded = platform === 'linux' && isForbidden(roots);
  if (platform === 'linux' && !isGuarded) {
    return [
      // First, for its answer comes from another thread while the others read.
      createStorageProbe({
        roots,
        ...(statFileSystem && { statFileSystem }),
        ...(statDevice && { statDevice }),
      }),
      createCpuProbe(roots),
      createMemoryProbe(roots),
      createSwapProbe(roots),
      createNetworkProbe(roots),
      createLoadProbe(roots),
    ].map(createReadingAhead());
  }
  const library = isGuarded ? loadGuardedSystem : loadSystemInformation;
  const load = options.loadSystemInformation ?? library;
  return [
    createPortableCpuProbe(),
    createPortableMemoryProbe(load),
    createPortableNetworkProbe(load),
    createPortableStorageProbe(load),
    createPortableLoadProbe(platform),
  ];
}
