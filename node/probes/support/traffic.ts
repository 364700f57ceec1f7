// From counters of interfaces to one rate, and which interfaces are real. Pure.

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
 * when a counter went back (a wrap at 32 bits, a driver loaded anew): the sum without it would be a
 * false dip, so that period has no reading and the later count is the new baseline.
 */
export function trafficRate(before: TrafficCount, after: TrafficCount): number | undefined {
  const elapsedMs = after.atMs - before.atMs;
  let bytes = 0;
  let counted = 0;
  for (const [name, now] of after.interfaces) {
    const then = before.interfaces.get(name);
    if (!then) continue;
    if (now.received < then.received || now.sent < then.sent) return undefined;
    bytes += now.received - then.received + (now.sent - then.sent);
    counted += 1;
  }
  return counted === 0 || elapsedMs <= 0 ? undefined : (bytes / elapsedMs) * 1000;
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
