// The recorded results that come with PrioMon, in a database that lives as long as one build.

import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { OperatingError } from '../../errors.ts';
import { importDocument, readDocument } from '../../storage/results/document.ts';
import { openResults } from '../../storage/results/libsql.ts';

const DEMO = fileURLToPath(new URL('../../../analysis-site/demo/results.json.gz', import.meta.url));
/** What the demo is called in sentences. */
const NAME = 'analysis-site/demo/results.json.gz';

/** Rejects with an OperatingError when the recording is missing or damaged. */
export async function withDemo<Result>(
  use: (url: string) => Promise<Result>,
  recording = DEMO,
): Promise<Result> {
  const document = readDocument(await readRecording(recording), NAME);
  const folder = await mkdtemp(join(tmpdir(), 'priomon-demo-'));
  try {
    const url = pathToFileURL(join(folder, 'results.db')).href;
    const store = await openResults({ url, mode: 'write' });
    try {
      await importDocument(store, document, NAME);
    } finally {
      await store.close();
    }
    return await use(url);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** What `npm run results -- export` wrote, packed by gzip. */
async function readRecording(path: string): Promise<string> {
  try {
    return gunzipSync(await readFile(path)).toString('utf8');
  } catch (cause) {
    throw new OperatingError(
      'site_demo',
      `The recorded results are missing or damaged: get ${NAME} from the repository again.`,
      { cause },
    );
  }
}
