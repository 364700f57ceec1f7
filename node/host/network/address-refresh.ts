// Keeps a running node in reach: looks the names in `join` up again, and tells peers when the
// machine's own address changed.

import type { NodeConfig } from '../../config/schema.ts';
import type { Driver } from '../../driver.ts';
import type { Clock } from '../../ports.ts';
import type { Part } from '../process/ending.ts';
import type { Log } from '../process/log.ts';
import type { PeerProblems } from '../process/peer-problems.ts';
import type { AdvertisedAddress } from './advertised-address.ts';
import { createDnsNames, type Names } from './discovery/names.ts';
import { fixedSeeds, startDiscovery } from './discovery.ts';
import { isOwnHost } from './interfaces.ts';

export interface AddressRefreshOptions {
  readonly config: Pick<NodeConfig, 'join' | 'resolveMs' | 'basePath'>;
  /** The port that this node listens on. */
  readonly port: number;
  /** Where peers of an earlier run were. */
  readonly remembered: readonly string[];
  readonly advertised: AdvertisedAddress;
  readonly driver: Pick<Driver, 'setSeeds' | 'moveTo'>;
  readonly clock: Clock;
  readonly log: Log;
  readonly peerProblems: PeerProblems;
  /** The system's resolvers when absent. */
  readonly names?: Names;
}

/** Whether it is this node, which listens on `port`, that is reached there. */
export const isOwnPlace =
  (port: number) =>
  (host: string, at: number): boolean =>
    at === port && isOwnHost(host) === true;

/** Close ends it. */
export function startAddressRefresh(options: AddressRefreshOptions): Part {
  const { config, port, remembered, driver, clock, log, peerProblems } = options;
  const { join, resolveMs, basePath } = config;
  let seeds: readonly string[] = fixedSeeds({ join, remembered });
  const advertised = watchAdvertisedAddress(options, () => seeds);
  const discovery = startDiscovery({
    ...{ join, remembered, resolveMs, basePath, clock, log, peerProblems },
    names: options.names ?? createDnsNames(),
    isOwn: isOwnPlace(port),
    onSeeds(addresses) {
      seeds = addresses;
      driver.setSeeds(addresses);
      // Which of its addresses others can call is best told by whom it calls.
      advertised.look();
    },
  });
  return {
    close: async () => {
      advertised.stop();
      await discovery.close();
    },
  };
}

function watchAdvertisedAddress(
  { advertised, driver, clock, log, config: { resolveMs } }: AddressRefreshOptions,
  seeds: () => readonly string[],
) {
  if (advertised.look === undefined) return { look: () => {}, stop: () => {} };
  const lookAgain = advertised.look;
  let cancel = (): void => {};
  let isStopped = false;
  const look = async (): Promise<void> => {
    const moved = await lookAgain(seeds());
    if (moved === undefined || isStopped) return;
    log('info', `peers reach this node at ${moved} from now on`);
    driver.moveTo(moved);
  };
  const repeat = (): void => {
    cancel = clock.after(resolveMs, () => {
      void look();
      repeat();
    });
  };
  repeat();
  return {
    look: () => void look(),
    stop: () => {
      isStopped = true;
      cancel();
    },
  };
}
