// The past of an object, in packs of its SQLite, as any store tells it.

import { describe } from 'vitest';
import { createPacks } from '../../../node/edge/storage/packs.ts';
import { createMemoryStore } from '../../../node/storage/database/memory-store.ts';
import { specifyHistory } from '../../contract/history.ts';
import { objectStorage } from '../../support/object-storage.ts';

describe('packs of an object', () => {
  specifyHistory(() => {
    const packs = createPacks(objectStorage(), () => {});
    return {
      ...createMemoryStore(),
      recordSamples: (rows) => packs.append(rows, []),
      recordEvents: (rows) => packs.append([], rows),
      history: async (query) => packs.ask(query),
    };
  });
});
