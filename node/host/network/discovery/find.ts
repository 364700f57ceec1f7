// From a name to the URLs of the nodes behind it: bounded, in a fixed order, and without what no
// node can be reached at.

import type { DnsName } from '../../../config/addresses.ts';
import { addressFault, hostOf } from '../../../core/membership/address-policy.ts';
import { OperatingError } from '../../../errors.ts';
import type { Names } from './names.ts';

/** Addresses of one name that are used at most; all nodes use the same ones. */
export const MAX_ADDRESSES = 64;

export interface Finding {
  readonly names: Names;
  /** Base path where the name gives none. */
  readonly basePath: string;
  /** Whether it is this node that listens there. */
  isOwn(host: string, port: number): boolean;
}

interface Place {
  readonly host: string;
  readonly port: number;
}

/**
 * URLs in the order of their text; empty when this node alone is behind the name. Rejects with the
 * system's error, or an OperatingError when nothing of the answer can be used.
 */
export async function findNodes(dns: DnsName, finding: Finding): Promise<readonly string[]> {
  const places = await placesOf(dns, finding.names);
  if (places.length === 0) throw new OperatingError('ENODATA', `${dns.name} has no records.`);
  const path = dns.path || finding.basePath;
  const others = places.filter(({ host, port }) => !finding.isOwn(host, port));
  const urls = others.map(({ host, port }) => `${dns.scheme}://${inUrl(host)}:${port}${path}`);
  const usable = [...new Set(urls)].filter((url) => addressFault(url) === undefined).sort();
  const [unusable] = urls;
  if (usable.length === 0 && unusable !== undefined) {
    const why = `${hostOf(unusable)} ${addressFault(unusable)}`;
    throw new OperatingError('unusable_addresses', why);
  }
  return usable.slice(0, MAX_ADDRESSES);
}

async function placesOf(dns: DnsName, names: Names): Promise<readonly Place[]> {
  if (dns.kind === 'addresses') return placesAt(names, { name: dns.name, port: dns.port ?? 0 });
  const services = [...(await names.services(dns.name))]
    .sort((a, b) => (a.name < b.name ? -1 : Number(a.name > b.name)) || a.port - b.port)
    .slice(0, MAX_ADDRESSES);
  // A certificate is for a name, so that is what has to be called.
  if (dns.scheme === 'https') return services.map(({ name, port }) => ({ host: name, port }));
  const answers = await Promise.allSettled(services.map((service) => placesAt(names, service)));
  const places = answers.flatMap((answer) => ('value' in answer ? answer.value : []));
  const [failure] = answers.flatMap((answer) => ('reason' in answer ? [answer.reason] : []));
  if (places.length === 0 && failure !== undefined) throw failure;
  return places;
}

const placesAt = async (
  names: Names,
  { name, port }: { readonly name: string; readonly port: number },
): Promise<Place[]> => (await names.addresses(name)).map((host) => ({ host, port }));

/** The zone of a link-local address (`fe80::1%eth0`) has no place in a URL. */
const inUrl = (host: string): string =>
  host.includes(':') ? `[${host.replace(/%.*$/, '')}]` : host;
