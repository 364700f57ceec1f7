// Opens the results database that the build was told of, for reading; nothing else here knows how.

import { DEFAULT_RESULTS, resultsUrl } from '../../../node/storage/results/address.ts';
import { openResults } from '../../../node/storage/results/libsql.ts';
import type { ResultsReader } from '../../../node/storage/results/store.ts';

/** Rejects with an OperatingError of one sentence. */
export function openDatabase(
  environment: Readonly<Record<string, string | undefined>>,
): Promise<ResultsReader> {
  const { RESULTS_DB, LIBSQL_AUTH_TOKEN: authToken } = environment;
  const url = resultsUrl(RESULTS_DB || DEFAULT_RESULTS);
  return openResults({ url, mode: 'read', ...(authToken && { authToken }) });
}
