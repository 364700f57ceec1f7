// Memory and swap on systems without /proc.

import { MEMORY, SWAP } from '../../config/metrics.ts';
import type { Probe, Reading } from '../../ports.ts';
import { rarely } from '../support/rarely.ts';
import { isAmount, type LoadSystemInformation } from '../support/system-information.ts';

/** The library starts a process or two to find out. */
const EVERY_MS = 5_000;

export function createPortableMemoryProbe(load: LoadSystemInformation): Probe {
  return {
    name: 'memory',
    metrics: [MEMORY, SWAP],
    collect: rarely(EVERY_MS, async () => {
      const { total, available, swaptotal, swapused } = await (await load()).mem();
      const readings: Reading[] = [];
      // Not `used`: it counts the cache, which the system gives back when asked.
      if (isAmount(total) && isAmount(available) && total > 0) {
        readings.push({
          metric: MEMORY.name,
          value: (100 * Math.max(0, total - available)) / total,
        });
      }
      if (isAmount(swaptotal) && isAmount(swapused) && swaptotal > 0) {
        readings.push({ metric: SWAP.name, value: Math.min(100, (100 * swapused) / swaptotal) });
      }
      return readings;
    }),
  };
}
