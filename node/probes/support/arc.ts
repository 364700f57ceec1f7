// The cache of ZFS (ARC), which the kernel counts as in use, though ZFS gives it back when asked.

import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { Place } from './stand-ins.ts';
import { attempt, malformed, parseCount, type Roots, readText } from './text.ts';

const ARC_STATS = 'spl/kstat/zfs/arcstats';

export interface ArcReader {
  readonly place: Place;
  /** Looks whether there is such a cache. */
  recheck(): void;
  /** KiB; 0 where there is none. */
  spareKb(): number;
  remarks(): readonly string[];
}

export function createArcReader({ proc }: Roots): ArcReader {
  const path = join(proc, ARC_STATS);
  let hasArc = false;
  let problem: string | undefined;
  return {
    place: { path, kind: 'text' },
    recheck() {
      const found = attempt(() => readText(path, 1));
      problem = 'problem' in found ? found.problem : undefined;
      // LXC shows a container's own memory, which the machine's cache is no part of.
      hasArc =
        'value' in found &&
        found.value !== undefined &&
        !isMountedOver(join(proc, 'meminfo'), proc);
    },
    spareKb(): number {
      if (!hasArc) return 0;
      const spare = attempt(() => parseArc(readText(path) ?? ''));
      problem = 'problem' in spare ? spare.problem : undefined;
      return 'value' in spare ? spare.value / 1024 : 0;
    },
    remarks: () =>
      problem === undefined ? [] : [`the cache of ZFS counts as in use, for ${problem}`],
  };
}

function isMountedOver(path: string, folder: string): boolean {
  const device = (one: string) => statSync(one, { throwIfNoEntry: false })?.dev;
  try {
    return device(path) !== device(folder);
  } catch {
    return true;
  }
}

/** Bytes that the cache of ZFS can give back: all that it has beyond its least size. */
export function parseArc(text: string): number {
  const field = (name: string) =>
    parseCount(new RegExp(`^${name} +\\d+ +(\\d+)$`, 'm').exec(text)?.[1]);
  const size = field('size');
  const least = field('c_min');
  if (size === undefined || least === undefined) {
    throw malformed(`/proc/${ARC_STATS}`, 'the lines size and c_min', text);
  }
  return Math.max(0, size - least);
}
