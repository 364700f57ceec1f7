// Which callers cannot take part as they are: a node on another machine that says it is reached at
// a loopback address, where each of its peers would only call itself.

import { isLoopbackAddress } from '../../core/membership/address-policy.ts';
import { OperatingError } from '../../errors.ts';
import { LOOPBACK_ADDRESS } from '../services.ts';
import { hostInUrl, isOwnHost } from './interfaces.ts';

/**
 * Throws an OperatingError for what `caller`, an IP address, says of itself. Nodes of this machine
 * may live on loopback, also when they call by another address of it.
 */
export function refuseLoopback(address: string, caller: string): void {
  if (!isLoopbackAddress(address) || !IS_IP.test(caller) || isOwnHost(caller) !== false) return;
  const example = address.replace(HOST, hostInUrl(caller));
  const listen = caller.includes(':') ? '::' : '0.0.0.0';
  throw new OperatingError(
    LOOPBACK_ADDRESS,
    `Your node calls from ${caller} but says it is reached at ${address}, which leads every ` +
      `other machine to itself; set --listen ${listen} and --advertise to what others can call, ` +
      `such as ${example}, or --advertise none if it only calls out.`,
  );
}

const HOST = /(?<=\/\/)(\[[^\]]*\]|[^/:]+)/;

/** A listener that cannot tell who called says so in words. */
const IS_IP = /^[\d.]+$|:/;
