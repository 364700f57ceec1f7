// From counters of interfaces to one rate, and which interfaces are real by their names.

import { createFalls } from './falls.ts';

/** Bytes since the interface came up. */
export interface InterfaceBytes {
  readonly received: number;
  readonly sent: number;
}

export interface TrafficCount {
  readonly atMs: number;
  readonly interfaces: ReadonlyMap<string, InterfaceBytes>;
}

/**
 * Bytes per second of all interfaces that both counts know: one that appeared has no rate yet, one
 * that went has none any more. Undefined when there is no such interface, when no time passed, or
 * when a counter fell (a wrap at 32 bits, a driver loaded anew): the sum without it would be a
 * false dip, so that period has no reading and the later count is the new baseline. Interfaces of
 * `leftOut` do not count at all.
 */
export function trafficRate(
  before: TrafficCount,
  after: TrafficCount,
  leftOut: (name: string) => boolean = () => false,
): number | undefined {
  const elapsedMs = after.atMs - before.atMs;
  let bytes = 0;
  let counted = 0;
  for (const [name, now] of after.interfaces) {
    const then = before.interfaces.get(name);
    if (!then || leftOut(name)) continue;
    if (hasFallen(then, now)) return undefined;
    bytes += now.received - then.received + (now.sent - then.sent);
    counted += 1;
  }
  return counted === 0 || elapsedMs <= 0 ? undefined : (bytes / elapsedMs) * 1000;
}

const hasFallen = (then: InterfaceBytes, now: InterfaceBytes): boolean =>
  now.received < then.received || now.sent < then.sent;

export interface TrafficMeter {
  /** Bytes per second since the last call; undefined at first, and after a `read` that threw. */
  measure(
    read: () => ReadonlyMap<string, InterfaceBytes> | undefined,
    nowMs: number,
  ): number | undefined;
  /** Interfaces whose counters keep falling, a sentence each. */
  remarks(): readonly string[];
}

export function createTrafficMeter(): TrafficMeter {
  const falls = createFalls();
  let before: TrafficCount | undefined;
  return {
    measure(read, nowMs) {
      const last = before;
      before = undefined;
      const interfaces = read();
      before = interfaces && { atMs: nowMs, interfaces };
      if (last === undefined || before === undefined) return undefined;
      falls.note(fallen(last, before), nowMs);
      return trafficRate(last, before, falls.isRepeated);
    },
    remarks: () =>
      falls
        .lasting()
        .map(
          (name) =>
            `the byte counters of ${name} fall again and again, and it is left out; update its ` +
            'driver',
        ),
  };
}

function fallen(before: TrafficCount, after: TrafficCount): string[] {
  const names: string[] = [];
  for (const [name, now] of after.interfaces) {
    const then = before.interfaces.get(name);
    if (then && hasFallen(then, now)) names.push(name);
  }
  return names;
}

/** Loopback, bridges, tunnels, container ends and the like: their bytes pass a real one too. */
const VIRTUAL_NAME = new RegExp(
  `^(${[
    'lo\\d*$|dummy|ifb|docker|podman|br-|bridge|virbr|vmbr|lxcbr|lxdbr|veth|vnet|tap|tun|utun',
    'ipsec|wg|zt|tailscale|sit|gre|gretap|erspan|ip6tnl|tunl|ip6gre|ip6_vti|ip_vti|gif|stf|teql',
    'vxlan|flannel|cni|cali|cilium|lxc_|kube-|nodelocaldns|weave|ovs|bond|team|nlmon',
    'awdl|llw|anpi|ap\\d|pktap|Loopback|isatap|vEthernet|Teredo',
  ].join('|')})`,
);

export function isVirtualName(name: string): boolean {
  return VIRTUAL_NAME.test(name);
}

/**
 * Ways out of a container that has nothing else, the lowest first: what goes into a VPN leaves it
 * through a tap or tun where there is one.
 */
const WAYS_OUT = [/^tap/, /^(tun(?!l)|utun)/, /^(wg|zt|tailscale|ipsec)/];

/** Of all interfaces those that bytes leave the machine by, as far as names tell. */
export function realNames(names: readonly string[]): string[] {
  const choices = [
    names.filter((name) => !isVirtualName(name)),
    ...WAYS_OUT.map((pattern) => names.filter((name) => pattern.test(name))),
  ];
  return choices.find((choice) => choice.length > 0) ?? [];
}
