// Bytes per second over real interfaces, from /proc/net/dev.
//
// Real is what has a device beneath it in /sys/class/net; bonds, bridges, VLANs, tunnels and the
// ends of containers carry bytes that pass a device too. Where nothing has a device, as inside a
// container, all count but those whose name says that they are virtual.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { NETWORK } from '../../config/metrics.ts';
import type { Probe } from '../../ports.ts';
import { malformed, parseCount, type Roots, readText } from '../support/text.ts';
import {
  type InterfaceBytes,
  isVirtualName,
  type TrafficCount,
  trafficRate,
} from '../support/traffic.ts';

const RECHECK_DEVICES_MS = 30_000;
const COLUMNS = 16;
const SENT_COLUMN = 8;

export function createNetworkProbe(roots: Roots): Probe {
  const devicesPath = join(roots.proc, roots.process ?? '', 'net/dev');
  const hasDevice = (name: string) => existsSync(join(roots.sys, 'class/net', name, 'device'));
  let real = new Set<string>();
  let knownNames = '';
  let recheckAtMs = Number.NEGATIVE_INFINITY;
  let before: TrafficCount | undefined;

  /** Asks /sys again only when an interface came or went, and now and then. */
  const choose = (names: readonly string[], nowMs: number) => {
    const joined = names.join(' ');
    if (joined === knownNames && nowMs < recheckAtMs) return;
    real = new Set(realInterfaces(names, hasDevice));
    knownNames = joined;
    recheckAtMs = nowMs + RECHECK_DEVICES_MS;
  };

  return {
    name: 'network',
    metrics: [NETWORK],
    collect(nowMs) {
      const last = before;
      before = undefined;
      const text = readText(devicesPath);
      if (text === undefined) return [];
      const all = parseInterfaces(text);
      choose([...all.keys()], nowMs);
      const interfaces = new Map([...all].filter(([name]) => real.has(name)));
      before = { atMs: nowMs, interfaces };
      const value = last && trafficRate(last, before);
      return value === undefined ? [] : [{ metric: NETWORK.name, value }];
    },
  };
}

export function realInterfaces(
  names: readonly string[],
  hasDevice: (name: string) => boolean,
): string[] {
  const withDevice = names.filter((name) => name !== 'lo' && hasDevice(name));
  return withDevice.length > 0 ? withDevice : names.filter((name) => !isVirtualName(name));
}

/**
 * The counters of every interface, loopback included. Old kernels print no space after the colon,
 * and alias names contain one.
 */
export function parseInterfaces(text: string): Map<string, InterfaceBytes> {
  const [title = '', , ...lines] = text.split('\n');
  if (!title.startsWith('Inter-|') || !text.endsWith('\n')) {
    throw malformed('/proc/net/dev', 'its two title lines and whole lines after them', text);
  }
  const interfaces = new Map<string, InterfaceBytes>();
  for (const line of lines) {
    if (line === '') continue;
    const colon = line.lastIndexOf(':');
    const name = line.slice(0, Math.max(0, colon)).trim();
    const columns = line
      .slice(colon + 1)
      .trim()
      .split(/\s+/);
    const received = parseCount(columns[0]);
    const sent = parseCount(columns[SENT_COLUMN]);
    const whole = columns.length >= COLUMNS && name !== '' && !name.includes('/');
    if (!whole || received === undefined || sent === undefined) {
      throw malformed('/proc/net/dev', 'a name and 16 counters in a line', line);
    }
    interfaces.set(name, { received, sent });
  }
  return interfaces;
}
