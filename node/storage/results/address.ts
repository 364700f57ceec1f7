// Where results are: a path as people write it, or the address of a server.

import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

export const DEFAULT_RESULTS = 'results.db';

/** A path becomes a `file:` URL; `:memory:` and what has a scheme stay as they are. */
export const resultsUrl = (pathOrUrl: string): string =>
  pathOrUrl === ':memory:' || /^[a-z][a-z0-9+.-]+:/i.test(pathOrUrl)
    ? pathOrUrl
    : pathToFileURL(resolve(pathOrUrl)).href;
