// The thread for results: writes behind the back of a running experiment. Started by worker.ts.

import { parentPort, workerData } from 'node:worker_threads';
import type { Call, Outcome } from '../thread/messages.ts';
import { outcomeOf } from '../thread/system.ts';
import { createDatabase, type Database, type DatabaseOptions } from './database.ts';
import type { Request } from './worker.ts';

const opening = createDatabase(workerData as DatabaseOptions);

function perform(database: Database, request: Request): Promise<unknown> {
  switch (request.method) {
    case 'read':
      return database.read(request.statement);
    case 'write':
      return database.write(request.statements);
    case 'repeat':
      return database.repeat(request.statement);
    case 'close':
      return database.close();
  }
}

parentPort?.on('message', async ({ call, request }: Call<Request>) => {
  const outcome = await outcomeOf(async () => perform(await opening, request));
  parentPort?.postMessage({ call, ...outcome } satisfies Outcome);
});
// A driver that does not load fails each call with its sentence, not the thread.
opening.catch(() => undefined);
