// npm run query: asks any node of a running cluster about all of them.

import { printable, printableJson } from '../core/wire/printable.ts';
import { OperatingError } from '../errors.ts';
import { ask, type Reply } from '../host/network/http-client.ts';
import { readAuthority } from '../host/security/certificates/files.ts';
import { type Page, readPages } from '../http/answers/pages.ts';
import type { QueryAnswer, StateAnswer } from '../http/answers/shapes.ts';
import { MAX_TIMEOUT_MS } from '../http/query/limits.ts';
import { EXIT_FAILED, EXIT_USAGE, runCommand } from './command.ts';
import { parseQueryArguments, type QueryOptions } from './query/options.ts';
import { isQuery, isState } from './query/shapes.ts';
import { queryText, stateTable, unknownText } from './query/tables.ts';
import { createPaint } from './terminal/paint.ts';

/**
 * Exits with 1 when nothing matches, as grep does, and when a quorum does not agree; with 2 when
 * the question names what nobody knows, for that finds nothing however bad things are.
 */
async function main(options: QueryOptions): Promise<number> {
  const paint = createPaint(process.stdout, process.env);
  // Programs get one shape, whatever they ask.
  if (!isComputed(options) && !options.isJson) {
    const state = await fetchAnswer(options, stateUrl(options), isState);
    const isFound = Object.keys(state.nodes).length > 0;
    return show(options, state, isFound, () => stateTable(state, paint));
  }
  const answer = await fetchAnswer(options, queryUrl(options), isQuery);
  const { rows, aggregates, withoutMetrics = [] } = answer;
  const isFound = rows.length + aggregates.length + withoutMetrics.length > 0;
  return show(options, answer, isFound, () => queryText(answer, paint));
}

/** The answer on standard output, and what is wrong with the question beside it. */
function show(
  options: QueryOptions,
  answer: StateAnswer | QueryAnswer,
  isFound: boolean,
  text: () => string,
): number {
  const { unknown = [] } = answer;
  const says = isFound || unknown.length === 0 || 'quorum' in answer;
  if (options.isJson) process.stdout.write(`${printableJson(answer, 2)}\n`);
  else if (says) process.stdout.write(`${text()}\n`);
  for (const name of unknown) process.stderr.write(`${printable(unknownText(name))}\n`);
  if (unknown.length > 0) return EXIT_USAGE;
  return isFound ? 0 : EXIT_FAILED;
}

const isComputed = ({ where, aggregate, top, quorum }: QueryOptions): boolean =>
  where.length + aggregate.length > 0 || top !== undefined || quorum !== undefined;

function stateUrl(options: QueryOptions, path = 'state'): URL {
  const url = new URL(`${options.url}/${path}`);
  for (const name of ['node', 'metric', 'status', 'label'] as const) {
    for (const value of options[name]) url.searchParams.append(name, value);
  }
  return url;
}

function queryUrl(options: QueryOptions): URL {
  const url = stateUrl(options, 'query');
  for (const name of ['where', 'aggregate', 'by', 'top', 'quorum', 'tries'] as const) {
    for (const value of [options[name] ?? []].flat()) url.searchParams.append(name, String(value));
  }
  if (options.quorum !== undefined) {
    url.searchParams.append('timeout', `${Math.min(options.timeoutMs, MAX_TIMEOUT_MS)}ms`);
  }
  return url;
}

async function fetchAnswer<Answer extends StateAnswer | QueryAnswer>(
  options: QueryOptions,
  url: URL,
  isAnswer: (body: object) => body is Answer & object,
): Promise<Answer> {
  return readPages(url, (page) => fetchPage(options, page, isAnswer));
}

/** A node's sentences are shorter by far. */
const MAX_DETAIL = 1_000;

async function fetchPage<Answer>(
  options: QueryOptions,
  url: URL,
  isAnswer: (body: object) => body is Answer & object,
): Promise<Page<Answer>> {
  const { status, body, characters } = await call(url, options);
  const isObject = typeof body === 'object' && body !== null;
  if (status === 200 && isObject && isAnswer(body)) return { answer: body, characters };
  const said =
    isObject && 'detail' in body
      ? String(body.detail).slice(0, MAX_DETAIL)
      : `it answered ${status}, and not as a node does; name a node with --url.`;
  throw new OperatingError('query_refused', `${options.url} refused the query: ${said}`);
}

/** A node whose quorum runs out of time still has to say so. */
const REPORT_MS = 1_000;
const waitMs = ({ quorum, timeoutMs }: QueryOptions): number =>
  quorum === undefined ? timeoutMs : timeoutMs + REPORT_MS;

async function call(url: URL, options: QueryOptions): Promise<Reply> {
  const ca = await readAuthority({ ca: options.ca || process.env.PRIOMON_TLS_CA || undefined });
  try {
    return await ask(url, waitMs(options), { ca });
  } catch (error) {
    if (!(error instanceof OperatingError)) throw error;
    const hint = ': is a node running there? Name another with --url';
    const sentence = `${error.message}${error.code === 'unreachable' ? hint : ''}.`;
    throw new OperatingError(error.code, sentence, { cause: error });
  }
}

await runCommand(parseQueryArguments, main);
