// Bytes per second over real interfaces, from /proc/net/dev.
//
// Real is what has a device beneath it in /sys/class/net; bonds, bridges, VLANs, tunnels and the
// ends of containers carry bytes that pass a device too. Where nothing has a device, as inside a
// container, names have to tell. Of two that carry the same bytes one counts.

import { existsSync, readdirSync, readlinkSync } from 'node:fs';
import { basename, join } from 'node:path';
import { NETWORK } from '../../config/metrics.ts';
import type { KernelProbe, Place } from '../support/stand-ins.ts';
import { malformed, parseCount, type Roots, readText } from '../support/text.ts';
import { createTrafficMeter, type InterfaceBytes, realNames } from '../support/traffic.ts';

const RECHECK_DEVICES_MS = 30_000;
/** A new interface gets its master a moment after it appeared. */
const RECHECK_NEW_MS = 2_000;
/** Of /sys; the second is where the first leads to for what has no device. */
const INTERFACES = ['class/net', 'devices/virtual/net'];
const COLUMNS = 16;
const SENT_COLUMN = 8;

export function createNetworkProbe(roots: Roots): KernelProbe {
  const devicesPath = join(roots.proc, roots.process ?? '', 'net/dev');
  const system = createInterfaceSystem(join(roots.sys, 'class/net'));
  const meter = createTrafficMeter();
  let real = new Set<string>();
  let knownNames = '';
  let recheckAtMs = Number.NEGATIVE_INFINITY;

  /** Asks /sys again only when an interface came or went, and now and then. */
  const choose = (names: readonly string[], nowMs: number) => {
    const joined = names.join(' ');
    if (joined === knownNames && nowMs < recheckAtMs) return;
    recheckAtMs = nowMs + (joined === knownNames ? RECHECK_DEVICES_MS : RECHECK_NEW_MS);
    knownNames = joined;
    real = new Set(realInterfaces(names, system));
  };

  const readReal = (nowMs: number) => {
    const text = readText(devicesPath);
    if (text === undefined) return undefined;
    const all = parseInterfaces(text);
    choose([...all.keys()], nowMs);
    return new Map([...all].filter(([name]) => real.has(name)));
  };

  return {
    name: 'network',
    reads: [
      { path: devicesPath, kind: 'text' },
      ...INTERFACES.map((folder) => inSys(roots, folder)),
    ],
    metrics: [NETWORK],
    collect(nowMs) {
      const value = meter.measure(() => readReal(nowMs), nowMs);
      return value === undefined ? [] : [{ metric: NETWORK.name, value }];
    },
    remarks: meter.remarks,
  };
}

const inSys = ({ sys }: Roots, folder: string): Place => ({
  path: join(sys, folder),
  kind: 'folder',
});

/** What /sys knows of interfaces. */
export interface InterfaceSystem {
  hasDevice(name: string): boolean;
  /** Of a bond, a bridge, or the like that the interface is a port of. */
  masterOf(name: string): string | undefined;
  /** Those that its bytes pass through: a VLAN's interface, a bond's ports. */
  lowersOf(name: string): readonly string[];
}

function createInterfaceSystem(folder: string): InterfaceSystem {
  const orNothing = <Value>(read: () => Value): Value | undefined => {
    try {
      return read();
    } catch {
      return undefined;
    }
  };
  return {
    hasDevice: (name) => existsSync(join(folder, name, 'device')),
    masterOf: (name) => orNothing(() => basename(readlinkSync(join(folder, name, 'master')))),
    lowersOf(name) {
      const entries = orNothing(() => readdirSync(join(folder, name))) ?? [];
      return entries.flatMap((entry) => /^lower_(.+)$/.exec(entry)?.[1] ?? []);
    },
  };
}

export function realInterfaces(
  names: readonly string[],
  { hasDevice, masterOf, lowersOf }: InterfaceSystem,
): string[] {
  const withDevice = names.filter((name) => name !== 'lo' && hasDevice(name));
  const byName = withDevice.length > 0 ? withDevice : realNames(names);
  // A namespace made by hand has the end of a cable alone; on a bridge lie the ends of others.
  const isCable = (name: string) => name.startsWith('veth') && masterOf(name) === undefined;
  const chosen = new Set(byName.length > 0 ? byName : names.filter(isCable));
  const twice = new Set<string>();
  for (const name of chosen) {
    const master = masterOf(name);
    if (master !== undefined && chosen.has(master)) {
      // A device as master is its ports' front, and counts for them: Azure's, or a failover's. One
      // without a device, a bond or a bridge, has bytes of its own that pass no port.
      twice.add(hasDevice(master) ? name : master);
    }
    const isAbove = (lower: string) => chosen.has(lower) && masterOf(lower) !== name;
    // A VLAN, or a port of a switch chip that hangs on an interface: all its bytes pass that too.
    if (lowersOf(name).some(isAbove)) twice.add(name);
  }
  return [...chosen].filter((name) => !twice.has(name));
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
