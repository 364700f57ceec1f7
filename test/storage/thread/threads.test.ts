// Threads of a node, as whoever lists them sees them (`ps -T`).

import { readdirSync, readFileSync } from 'node:fs';
import { afterEach, expect, it } from 'vitest';
import { createWorkerStores } from '../../../node/storage/thread/worker.ts';
import { everything } from '../../contract/store.ts';
import { NEEDS_LINUX } from '../../support/lacking.ts';
import { eventually, newFile, temporaryFolder } from '../support.ts';

const folder = temporaryFolder();
const stores = createWorkerStores();
afterEach(stores.close);

const threadNames = (): string[] =>
  readdirSync('/proc/self/task').map((thread) => {
    try {
      return readFileSync(`/proc/self/task/${thread}/comm`, 'utf8').trim();
    } catch {
      // It ended meanwhile.
      return '';
    }
  });

it('the threads that store and that answer questions have names', NEEDS_LINUX, async () => {
  const { url } = newFile(folder);
  const store = await stores.open({ url, retentionMs: 1_000_000, maxBytes: 10_000_000 });
  await eventually(() => threadNames().includes('priomon store'));
  await store.history(everything());
  expect(threadNames()).toContain('priomon history');
});
