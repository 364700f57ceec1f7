// Finds nodes by the names in `join`, again and again while the node runs. A name that fails costs
// nothing but a report: what it stood for before is kept until it stands for something else.

import { type DnsName, readDnsName } from '../../config/addresses.ts';
import { OperatingError } from '../../errors.ts';
import type { Clock } from '../../ports.ts';
import type { Part } from '../process/ending.ts';
import type { Log } from '../process/log.ts';
import type { PeerProblems } from '../process/peer-problems.ts';
import { type Finding, findNodes } from './discovery/find.ts';
import { changeText, failureText, foundText } from './discovery/words.ts';

export interface DiscoveryOptions extends Finding {
  /** As configured: URLs, and names to look up. */
  readonly join: readonly string[];
  /** Where peers of an earlier run were. */
  readonly remembered: readonly string[];
  readonly resolveMs: number;
  readonly clock: Clock;
  readonly log: Log;
  readonly peerProblems: PeerProblems;
  /** Told of all seeds, whenever a name stands for something else than before. */
  readonly onSeeds: (addresses: readonly string[]) => void;
}

/** A name that fails is looked up again sooner, ms: its first node may be just starting. */
const RETRY_MS = 5_000;
/** The system's own resolvers may take very long to give up. */
const DEADLINE_MS = 10_000;

/** The seeds there are without looking anything up. */
export const fixedSeeds = ({ join, remembered }: Pick<DiscoveryOptions, 'join' | 'remembered'>) => [
  ...new Set([...join.filter((seed) => readDnsName(seed) === undefined), ...remembered]),
];

/** The same with what names stand for, as far as that is known within `limitMs`. */
export async function seedsWithin(
  limitMs: number,
  options: Finding & Pick<DiscoveryOptions, 'join' | 'remembered' | 'clock'>,
): Promise<readonly string[]> {
  const names = options.join.flatMap((written) => readDnsName(written) ?? []);
  const found = await Promise.all(
    // Who watches the name tells what is wrong with it.
    names.map((dns) => within(limitMs, options.clock, findNodes(dns, options)).catch(() => [])),
  );
  return [...new Set([...found.flat(), ...fixedSeeds(options)])];
}

/** Begins at once and waits for nothing; close ends it. */
export function startDiscovery(options: DiscoveryOptions): Part {
  const found = new Map<string, readonly string[]>();
  const watches = options.join.flatMap((written) => {
    const dns = readDnsName(written);
    if (dns === undefined) return [];
    const take = (urls: readonly string[]): void => {
      found.set(written, urls);
      options.onSeeds([...fixedSeeds(options), ...[...found.values()].flat()]);
    };
    return [watchName(written, dns, options, take)];
  });
  return {
    close: async () => {
      for (const stop of watches) stop();
    },
  };
}

/** Looks one name up now and again; the returned function ends it. */
function watchName(
  written: string,
  dns: DnsName,
  options: DiscoveryOptions,
  take: (urls: readonly string[]) => void,
): () => void {
  const { clock, peerProblems, log, resolveMs } = options;
  let known: readonly string[] | undefined;
  let cancel = (): void => {};
  let isClosed = false;

  const note = (urls: readonly string[]): void => {
    peerProblems.clear(`dns ${written}`);
    // Alone behind the name for a moment, as when all others restart: old addresses are better.
    if (known?.join() === urls.join() || (known !== undefined && urls.length === 0)) return;
    const before = known ?? [];
    if (before.length > 0 && !urls.some((url) => before.includes(url))) {
      peerProblems.report(`dns_change ${written}`, changeText(written, before, urls));
    } else log('info', foundText(written, urls));
    known = urls;
    take(urls);
  };
  const look = async (): Promise<void> => {
    let nextMs = resolveMs;
    try {
      const urls = await within(DEADLINE_MS, clock, findNodes(dns, options));
      if (!isClosed) note(urls);
    } catch (error) {
      if (isClosed) return;
      nextMs = Math.min(resolveMs, RETRY_MS);
      const kept = known?.length ?? 0;
      peerProblems.report(`dns ${written}`, failureText(written, dns, error, kept));
    }
    if (!isClosed) cancel = clock.after(nextMs, () => void look());
  };
  void look();
  return () => {
    isClosed = true;
    cancel();
  };
}

function within<T>(limitMs: number, clock: Clock, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const late = new OperatingError('ETIMEOUT', `No answer came within ${limitMs} ms.`);
    const cancel = clock.after(limitMs, () => reject(late));
    work.then(resolve, reject).finally(cancel);
  });
}
