// What names stand for at the moment: a small port over the system's resolvers, so that tests may
// stage the answers.

import type { Resolver } from 'node:dns/promises';

/** Where an SRV record says that a node is. */
export interface Service {
  readonly name: string;
  readonly port: number;
}

/** Rejects with the system's error, whose `code` says why: ENOTFOUND, ENODATA, ETIMEOUT … */
export interface Names {
  /** IP addresses of both families, in any order. */
  addresses(name: string): Promise<readonly string[]>;
  services(name: string): Promise<readonly Service[]>;
}

/** A name server that does not answer is asked twice for so long, ms. */
const SERVER_TIMEOUT_MS = 1_000;
const TRIES = 2;

/** `servers` as `address:port`, in the place of the system's own. */
export function createDnsNames(servers?: readonly string[]): Names {
  let opened: Resolver | undefined;
  // Most nodes have no names to look up, and then need none of this.
  const open = (): Resolver => {
    if (opened !== undefined) return opened;
    opened = new (dns().Resolver)({ timeout: SERVER_TIMEOUT_MS, tries: TRIES });
    if (servers !== undefined) opened.setServers(servers);
    return opened;
  };
  return {
    async addresses(name) {
      const resolver = open();
      const answers = await Promise.allSettled([resolver.resolve4(name), resolver.resolve6(name)]);
      const found = answers.flatMap((answer) => ('value' in answer ? answer.value : []));
      if (found.length > 0) return found;
      // Names of /etc/hosts, and short ones that the system's search list completes.
      return (await dns().lookup(name, { all: true })).map(({ address }) => address);
    },
    async services(name) {
      const records = await open().resolveSrv(name);
      // A target of `.` says that there is none (RFC 2782).
      return records.filter((record) => !/^\.?$/.test(record.name));
    },
  };
}

const dns = () => process.getBuiltinModule('node:dns/promises');
