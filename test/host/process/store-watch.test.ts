// The last that a log says of a store: what waited, and cannot be stored any more.

import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, expect, it } from 'vitest';
import { watchStore } from '../../../node/host/process/store-watch.ts';
import { createWorkerStores } from '../../../node/storage/thread/worker.ts';
import { START_MS, sample } from '../../contract/store.ts';
import { temporaryFolder } from '../../storage/support.ts';

const folder = temporaryFolder();
const stores = createWorkerStores();
afterAll(() => stores.close());

/** What the log says of a store that takes three rows and is closed at once. */
async function endWithThreeRows(path: string): Promise<string[]> {
  const limits = { retentionMs: START_MS, maxBytes: 1_000_000 };
  const store = await stores.open({ url: pathToFileURL(path).href, ...limits });
  const lines: string[] = [];
  const watch = watchStore(store, (level, text) => lines.push(`${level}: ${text}`));
  store.recordSamples([sample(1), sample(2), sample(3)]);
  await watch.close();
  expect(store.health().state).toBe('off');
  return lines;
}

it('rows that a node can no longer store as it ends are logged', async () => {
  // A folder where the database should be: nothing can be stored there.
  const path = join(folder, 'n1.db');
  await mkdir(path);
  await writeFile(join(path, 'file'), '');
  expect(await endWithThreeRows(path)).toEqual([
    'error: The node ends, and 3 rows were not stored any more.',
  ]);
});

it('a node that stored all that it had ends without a word about it', async () => {
  expect(await endWithThreeRows(join(folder, 'n2.db'))).toEqual([]);
});
