// Bytes per second on systems without /proc, over interfaces that are real by their names.

import { NETWORK } from '../../config/metrics.ts';
import type { Probe } from '../../ports.ts';
import { rarely } from '../support/rarely.ts';
import {
  isAmount,
  type LoadSystemInformation,
  type NetworkStats,
} from '../support/system-information.ts';
import { createTrafficMeter, type InterfaceBytes, realNames } from '../support/traffic.ts';

/** The library starts processes to find out. */
const EVERY_MS = 5_000;

export function createPortableNetworkProbe(load: LoadSystemInformation): Probe {
  const meter = createTrafficMeter();
  return {
    name: 'network',
    metrics: [NETWORK],
    collect: rarely(EVERY_MS, async (nowMs) => {
      const stats = await readStats(load).catch((error: unknown) => {
        meter.measure(() => undefined, nowMs);
        throw error;
      });
      const value = meter.measure(() => countBytes(stats), nowMs);
      return value === undefined ? [] : [{ metric: NETWORK.name, value }];
    }),
    remarks: meter.remarks,
  };
}

/** The library's own rates are null at first and reckoned from a state that all askers share. */
const readStats = async (load: LoadSystemInformation): Promise<NetworkStats[]> =>
  (await load()).networkStats('*');

function countBytes(stats: readonly NetworkStats[]): Map<string, InterfaceBytes> {
  const real = new Set(realNames(stats.map(({ iface }) => iface)));
  const interfaces = new Map<string, InterfaceBytes>();
  for (const { iface, rx_bytes: received, tx_bytes: sent } of stats) {
    if (!real.has(iface) || !isAmount(received) || !isAmount(sent)) continue;
    interfaces.set(iface, { received, sent });
  }
  return interfaces;
}
