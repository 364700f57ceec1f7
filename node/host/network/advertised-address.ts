// Where peers reach this node when no setting says so and it listens on all addresses of the
// machine: at the one that its own calls leave from. A laptop's changes while the node runs.

import { isIP } from 'node:net';
import type { NodeConfig } from '../../config/schema.ts';
import { addressFault, hostOf, isLoopbackAddress } from '../../core/membership/address-policy.ts';
import { hostInUrl, machineHosts, sourceHostTo } from './interfaces.ts';
import { addressOf } from './naming.ts';

export interface AdvertisedAddress {
  readonly address: string;
  /**
   * Looks again; the new address when there is one. `seeds` are the peers to be reachable for.
   * Absent when the address was told and stays.
   */
  look?(seeds: readonly string[]): Promise<string | undefined>;
}

/** What a choice was made by: addresses of peers say more than the default route. */
interface Choice {
  readonly host: string;
  readonly isTowardsPeer: boolean;
}

/** Of documentation networks: nothing listens there, and routes lead there as anywhere. */
const ANYWHERE_V4 = '192.0.2.1';
const ANYWHERE_V6 = '2001:db8::1';
/** Peers whose routes are looked up. */
const MAX_PEERS = 4;

/** What is looked up of this machine. */
export interface Machine {
  hosts(): readonly string[] | undefined;
  sourceTo(host: string): Promise<string | undefined>;
}

const THIS_MACHINE: Machine = { hosts: machineHosts, sourceTo: sourceHostTo };

export async function findAdvertisedAddress(
  config: NodeConfig,
  port: number,
  seeds: readonly string[],
  machine = THIS_MACHINE,
): Promise<AdvertisedAddress> {
  const named = addressOf(config, port);
  const { listen } = config;
  const isAny = listen === '0.0.0.0' || listen === '::';
  // A certificate is for a name, so with one the host's name stays the better guess.
  const isFixed = config.advertise !== undefined || !isAny || config.security.tls.cert;
  if (isFixed) return { address: named };
  const urlOf = (host: string): string => `http://${hostInUrl(host)}:${port}${config.basePath}`;
  const isHere = (host: string): boolean => machine.hosts()?.includes(host) !== false;
  let choice = await choose(machine, listen, seeds);
  return {
    address: choice === undefined ? named : urlOf(choice.host),
    async look(newSeeds) {
      const isSettled = choice?.isTowardsPeer === true || hostsOf(newSeeds).length === 0;
      // Two networks at once must not make a node wander between them.
      if (choice !== undefined && isSettled && isHere(choice.host)) return undefined;
      const next = await choose(machine, listen, newSeeds);
      // Without any network the last address is as good as none.
      if (next === undefined) return undefined;
      const hasMoved = next.host !== choice?.host;
      choice = next;
      return hasMoved ? urlOf(next.host) : undefined;
    },
  };
}

/** IP addresses of peers on other machines. */
const hostsOf = (seeds: readonly string[]): string[] =>
  seeds
    .filter((seed) => !isLoopbackAddress(seed))
    .map(hostOf)
    .filter((host) => isIP(host) !== 0);

async function choose(
  machine: Machine,
  listen: string,
  seeds: readonly string[],
): Promise<Choice | undefined> {
  const canCall = (host: string): boolean => listen === '::' || !host.includes(':');
  const usable = (host: string | undefined): host is string => {
    const url = `http://${hostInUrl(host ?? '')}`;
    return addressFault(url) === undefined && !isLoopbackAddress(url) && canCall(host ?? '');
  };
  for (const peer of hostsOf(seeds).filter(canCall).slice(0, MAX_PEERS)) {
    const host = await machine.sourceTo(peer);
    if (usable(host)) return { host, isTowardsPeer: true };
  }
  for (const anywhere of [ANYWHERE_V4, ANYWHERE_V6].filter(canCall)) {
    const host = await machine.sourceTo(anywhere);
    if (usable(host)) return { host, isTowardsPeer: false };
  }
  const host = machine.hosts()?.find(usable);
  return host === undefined ? undefined : { host, isTowardsPeer: false };
}
