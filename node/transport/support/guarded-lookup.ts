// Names lead nowhere that an address could not: a peer chooses the name that it is called by, and
// the owner of a name chooses what it stands for.

import type { LookupAddress, LookupOptions } from 'node:dns';
import { addressFault } from '../../core/membership/address-policy.ts';

type Found = (
  error: NodeJS.ErrnoException | null,
  address: string | LookupAddress[],
  family?: number,
) => void;

/** As `lookup` of node:dns with all addresses wanted. */
export type LookupAll = (
  name: string,
  options: LookupOptions & { readonly all: true },
  found: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

/** Loaded when a name is first looked up. */
const systemLookup: LookupAll = (name, options, found) =>
  process.getBuiltinModule('node:dns').lookup(name, options, found);

/** For the `lookup` of sockets and agents. */
export const createGuardedLookup =
  (lookup = systemLookup) =>
  (name: string, options: LookupOptions, found: Found): void =>
    lookup(name, { ...options, all: true }, (error, addresses) => {
      if (error !== null) return found(error, []);
      const usable = addresses.filter(({ address }) => faultOf(address) === undefined);
      const [first] = usable;
      if (first === undefined) return found(refusal(name, addresses), []);
      if (options.all) found(null, usable);
      else found(null, first.address, first.family);
    });

const faultOf = (address: string): string | undefined =>
  addressFault(`http://${address.includes(':') ? `[${address}]` : address}`);

function refusal(name: string, addresses: readonly LookupAddress[]): NodeJS.ErrnoException {
  const [first] = addresses;
  const why = first === undefined ? 'nothing' : `${first.address}, which ${faultOf(first.address)}`;
  return Object.assign(new Error(`${name} stands for ${why}`), { code: 'EADDRNOTAVAIL' });
}
