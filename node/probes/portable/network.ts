// Bytes per second on systems without /proc, over interfaces that are real by their names.

import { NETWORK } from '../../config/metrics.ts';
import type { Probe } from '../../ports.ts';
import { rarely } from '../support/rarely.ts';
import {
  isAmount,
  type LoadSystemInformation,
  type NetworkStats,
} from '../support/system-information.ts';
import {
  type InterfaceBytes,
  isVirtualName,
  type TrafficCount,
  trafficRate,
} from '../support/traffic.ts';

/** The library starts processes to find out. */
const EVERY_MS = 5_000;

export function createPortableNetworkProbe(load: LoadSystemInformation): Probe {
  let before: TrafficCount | undefined;
  return {
    name: 'network',
    metrics: [NETWORK],
    collect: rarely(EVERY_MS, async (nowMs) => {
      const last = before;
      before = undefined;
      // The library's own rates are null at first and reckoned from a state that all askers share.
      const stats = await (await load()).networkStats('*');
      before = { atMs: nowMs, interfaces: countBytes(stats) };
      const value = last && trafficRate(last, before);
      return value === undefined ? [] : [{ metric: NETWORK.name, value }];
    }),
  };
}

function countBytes(stats: readonly NetworkStats[]): Map<string, InterfaceBytes> {
  const interfaces = new Map<string, InterfaceBytes>();
  for (const { iface, rx_bytes: received, tx_bytes: sent } of stats) {
    if (isVirtualName(iface) || !isAmount(received) || !isAmount(sent)) continue;
    interfaces.set(iface, { received, sent });
  }
  return interfaces;
}
