// npm run query: asks any node of a running cluster about all of them.

import { printableJson } from '../core/printable.ts';
import { OperatingError } from '../errors.ts';
import { ask, type Reply } from '../host/ask.ts';
import { readAuthority } from '../host/certificates/files.ts';
import type { QueryAnswer, StateAnswer } from '../http/answers.ts';
import { MAX_TIMEOUT_MS } from '../http/query/limits.ts';
import { runCommand } from './command.ts';
import { createPaint } from './paint.ts';
import { parseQueryArguments, type QueryOptions } from './query-options.ts';
import { queryText, stateTable } from './query-tables.ts';

/** Exits with 1 when nothing matches, as grep does, and when a quorum does not agree. */
async function main(options: QueryOptions): Promise<number> {
  const paint = createPaint(process.stdout, process.env);
  if (!isComputed(options)) {
    const state = await fetchAnswer(options, stateUrl(options), isState);
    show(options, state, () => stateTable(state, paint));
    return Object.keys(state.nodes).length > 0 ? 0 : 1;
  }
  const answer = await fetchAnswer(options, queryUrl(options), isQuery);
  show(options, answer, () => queryText(answer, paint));
  return answer.rows.length + answer.aggregates.length > 0 ? 0 : 1;
}

function show(options: QueryOptions, answer: unknown, text: () => string): void {
  process.stdout.write(`${options.isJson ? printableJson(answer, 2) : text()}\n`);
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

async function fetchAnswer<Answer>(
  options: QueryOptions,
  url: URL,
  isAnswer: (body: object) => body is Answer & object,
): Promise<Answer> {
  const { status, body } = await call(url, options);
  const isObject = typeof body === 'object' && body !== null;
  if (status === 200 && isObject && isAnswer(body)) return body;
  const said =
    isObject && 'detail' in body
      ? String(body.detail)
      : `it answered ${status}, and not as a node does; name a node with --url.`;
  throw new OperatingError('query_refused', `${options.url} refused the query: ${said}`);
}

/** A node whose quorum runs out of time still has to say so. */
const REPORT_MS = 1_000;
const waitMs = ({ quorum, timeoutMs }: QueryOptions): number =>
  quorum === undefined ? timeoutMs : timeoutMs + REPORT_MS;

const isState = (body: object): body is StateAnswer => 'nodes' in body && 'self' in body;

const isQuery = (body: object): body is QueryAnswer => 'rows' in body && 'aggregates' in body;

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
