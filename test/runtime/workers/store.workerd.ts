// The store of an object passes the suite of every store, on an object's real storage.

import { runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import type { ObjectStub } from '../../../node/edge/platform.ts';
import { createEdgeStore, type EdgeStore } from '../../../node/edge/storage/store.ts';
import type { Store } from '../../../node/ports.ts';
import { storeContract } from '../../contract/store.ts';

const YEARS_MS = 100 * 365 * 24 * 3_600_000;
let opened = 0;
let object: ObjectStub;

/** A store whose storage may be touched from inside its object alone. */
async function openIn(stub: ObjectStub): Promise<Store> {
  const inside = <Result>(work: () => Result | Promise<Result>): Promise<Result> =>
    runInDurableObject(stub, work);
  const store = await runInDurableObject<EdgeStore>(stub, (_, { storage }) =>
    createEdgeStore({
      ...{ storage, wallMs: Date.now, retentionMs: YEARS_MS, maxBytes: 1e8 },
      onRows: () => {},
    }),
  );
  return {
    ...store,
    loadIdentity: (id) => inside(() => store.loadIdentity(id)),
    saveIdentity: (identity) => inside(() => store.saveIdentity(identity)),
    history: (query) => inside(() => store.history(query)),
    flush: () => inside(() => store.flush()),
    close: () => inside(() => store.close()),
  };
}

storeContract('an object’s own storage', {
  open() {
    object = env.NODES.getByName(`store-${opened++}`);
    return openIn(object);
  },
  reopen: () => openIn(object),
});
