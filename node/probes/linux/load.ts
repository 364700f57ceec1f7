// The load average over one minute, from /proc/loadavg.

import { join } from 'node:path';
import { LOAD1 } from '../../config/metrics.ts';
import type { KernelProbe } from '../support/stand-ins.ts';
import { malformed, type Roots, readText } from '../support/text.ts';

export function createLoadProbe(roots: Roots): KernelProbe {
  const loadPath = join(roots.proc, 'loadavg');
  return {
    name: 'load',
    reads: [{ path: loadPath, kind: 'text' }],
    metrics: [LOAD1],
    collect() {
      const text = readText(loadPath);
      return text === undefined ? [] : [{ metric: LOAD1.name, value: parseLoad(text) }];
    },
  };
}

/** `0.52 0.24 0.09 3/94 5512`; the whole shape is asked for, or a cut number would pass as one. */
export function parseLoad(text: string): number {
  const load1 = /^(\d{1,9}\.\d{2}) \d+\.\d{2} \d+\.\d{2} \d+\/\d+ \d+\s*$/.exec(text)?.[1];
  if (load1 === undefined) throw malformed('/proc/loadavg', 'three averages and two counts', text);
  return Number(load1);
}
