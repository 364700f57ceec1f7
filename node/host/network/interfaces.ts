// The addresses that this machine has at the moment, and from which of them calls leave.

import { isIP } from 'node:net';
import { networkInterfaces } from 'node:os';
import { isLoopbackAddress } from '../../core/membership/address-policy.ts';

/** As a URL has it: brackets belong around IPv6. */
export const hostInUrl = (host: string): string => (host.includes(':') ? `[${host}]` : host);

/** In the order of the machine; undefined where the runtime was not permitted to look. */
export function machineHosts(): readonly string[] | undefined {
  try {
    const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
    return all.map(({ address }) => address);
  } catch {
    return undefined;
  }
}

/** Whether calls from or to an IP address stay on this machine; undefined if nobody can tell. */
export function isOwnHost(host: string): boolean | undefined {
  if (isLoopbackAddress(`http://${hostInUrl(host)}`)) return true;
  return machineHosts()?.includes(host.replace(/%.*$/, ''));
}

/** The address that packets to another leave from, by the routes of this machine; sends none. */
export function sourceHostTo(host: string): Promise<string | undefined> {
  const family = isIP(host);
  if (family === 0) return Promise.resolve(undefined);
  const { createSocket } = process.getBuiltinModule('node:dgram');
  return new Promise((resolve) => {
    const socket = createSocket(family === 6 ? 'udp6' : 'udp4');
    const end = (source: string | undefined): void => {
      socket.close();
      resolve(source);
    };
    socket.once('error', () => end(undefined));
    socket.connect(ANY_PORT, host, () => end(addressIn(() => socket.address().address)));
  });
}

/** The discard service's: a connected UDP socket needs one, and nothing is sent there. */
const ANY_PORT = 9;

/** Some runtimes do not tell which one they chose. */
function addressIn(read: () => string): string | undefined {
  const address = read();
  return address === '0.0.0.0' || address === '::' ? undefined : address;
}
