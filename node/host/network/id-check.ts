// What a node makes sure of before it joins: that its id is not alive elsewhere, and keeps no files
// here for another process. If it does, the node gives up its port and its store, for it cannot
// take part.

import type { PeerAccess } from '../../app.ts';
import type { NodeConfig } from '../../config/schema.ts';
import type { Clock, Identity } from '../../ports.ts';
import type { Part } from '../process/ending.ts';
import { claimFolder } from '../process/folder-claim.ts';
import type { Log } from '../process/log.ts';
import { isOwnPlace } from './address-refresh.ts';
import type { AdvertisedAddress } from './advertised-address.ts';
import { createDnsNames } from './discovery/names.ts';
import { seedsWithin } from './discovery.ts';
import { refuseDuplicateId } from './duplicate-id.ts';
import type { Listener } from './listen.ts';

export interface IdCheckParts {
  readonly id: string;
  readonly config: Pick<NodeConfig, 'join' | 'basePath' | 'settings' | 'data'>;
  /** Whether the data folder holds files of this id. */
  readonly keepsFiles: boolean;
  /** What the store knows of earlier runs. */
  readonly stored: Identity | undefined;
  readonly advertised: AdvertisedAddress;
  readonly listener: Listener;
  readonly transport: Part;
  readonly store: Part;
  readonly peers: Pick<PeerAccess, 'ask'>;
  readonly clock: Clock;
  readonly log: Log;
}

/** Names in `join` may take longer than a start can wait, ms. */
const NAMES_MS = 300;

/**
 * Resolves with the claim on the files, to be closed with the node. Rejects with an OperatingError,
 * all parts closed, when the id is another's.
 */
export async function checkId(parts: IdCheckParts): Promise<Part> {
  const { id, config, listener, transport, store } = parts;
  const made: Part[] = [listener, transport, store];
  try {
    const claim = parts.keepsFiles ? await claimFolder(id, config.data) : NO_CLAIM;
    made.push(claim);
    await checkPeers(parts);
    return claim;
  } catch (error) {
    await Promise.all(made.map((part) => part.close()));
    throw error;
  }
}

const NO_CLAIM: Part = { close: async () => {} };

async function checkPeers(parts: IdCheckParts): Promise<void> {
  const { id, config, stored, listener, clock, peers, advertised } = parts;
  const seeds = await seedsWithin(NAMES_MS, {
    ...{ join: config.join, remembered: stored?.peers ?? [], basePath: config.basePath },
    ...{ names: createDnsNames(), isOwn: isOwnPlace(listener.port), clock },
  });
  const others = seeds.filter((seed) => seed !== advertised.address);
  const onBlind = (sentence: string): void => parts.log('warn', sentence);
  const own = { id, cluster: config.settings.cluster, lastGeneration: stored?.generation };
  await refuseDuplicateId({ ...own, peers: others, ask: peers.ask, clock, onBlind });
}
