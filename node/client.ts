// A small client for programs: asks any node about the whole fleet. Runs wherever `fetch` does.

import {
  type HistoryQuestion,
  type LeaveOptions,
  type QueryFilter,
  type QuorumQuestion,
  queryOf,
  type StateFilter,
  textOf,
  type UserMetric,
} from './client/questions.ts';
import { OperatingError } from './errors.ts';
import { wholeMetric } from './http/answers/families.ts';
import { nextUrl, type Page, readPages, readText } from './http/answers/pages.ts';
import type {
  EndedAnswer,
  ForgottenAnswer,
  HistoryAnswer,
  LeavingAnswer,
  MemberAnswer,
  MembersAnswer,
  MetricRow,
  PublishAnswer,
  QueryAnswer,
  StateAnswer,
} from './http/answers/shapes.ts';
import { MAX_TIMEOUT_MS, MIN_TIMEOUT_MS } from './http/query/limits.ts';
import { type Caller, createCaller, STALE } from './signing/caller.ts';

export type {
  HistoryQuestion,
  LeaveOptions,
  QueryFilter,
  QuorumQuestion,
  StateFilter,
  Time,
  UserMetric,
} from './client/questions.ts';
export type {
  EndedAnswer,
  ForgottenAnswer,
  HistoryAnswer,
  HistoryPointAnswer,
  HistorySeries,
  LeavingAnswer,
  MemberAnswer,
  MetricRow,
  PublishAnswer,
  QueryAnswer,
  StateAnswer,
} from './http/answers/shapes.ts';

export interface ClientOptions {
  /** Stands in for the global `fetch`, to add headers or to test. */
  readonly fetch?: typeof fetch;
  /** How long one request may take, ms; 5,000 when absent. */
  readonly timeoutMs?: number;
  /** A key of the cluster, which signs what changes something; it is never sent. */
  readonly secret?: string;
  /** Or the admin_token of the node, which is sent: use it over https. */
  readonly adminToken?: string;
}

const DEFAULT_TIMEOUT_MS = 5_000;
const CLOCK = { wallMs: () => Date.now() };

/** Time for a node to say that its quorum ran out of time, ms. */
const REPORT_MS = 500;

const baseOf = (url: string): URL => {
  if (!/^https?:\/\//.test(url) || !URL.canParse(url)) {
    const fix = 'give it as http://host:port';
    throw new OperatingError('client_url', `${JSON.stringify(url)} is no URL of a node; ${fix}.`);
  }
  return new URL(url.endsWith('/') ? url : `${url}/`);
};

const noNode = ({ href }: URL): OperatingError =>
  new OperatingError('no_node', `${href} did not answer as a node does; is it a PrioMon node?`);

/** The node's own sentence when it gave one. */
const refusal = async (response: Response, url: URL): Promise<OperatingError> => {
  const problem: unknown = await readText(response, url)
    .then(JSON.parse)
    .catch(() => undefined);
  if (typeof problem === 'object' && problem !== null && 'detail' in problem) {
    const code = 'code' in problem ? String(problem.code) : `http_${response.status}`;
    return new OperatingError(code, String(problem.detail));
  }
  return new OperatingError(
    `http_${response.status}`,
    `${url.href} answered ${response.status} and gave no reason; is it a PrioMon node?`,
  );
};

/**
 * Speaks to one node, which answers for all.
 *
 * Every method rejects with an `OperatingError` whose `message` is one sentence: `unreachable`
 * and `timeout` when no answer came, else the `code` and reason that the node gave.
 *
 * @example
 * const client = new PrioMonClient('http://localhost:4001');
 * const [cpu] = await client.queryMetrics({ node: 'n1', metric: 'cpu' });
 */
export class PrioMonClient {
  readonly #base: URL;
  readonly #fetch: typeof fetch;
  readonly #timeoutMs: number;
  readonly #caller: Caller | undefined;
  readonly #adminToken: string | undefined;

  /** @param url - of any node, with the base path where it has one. */
  constructor(url: string, options: ClientOptions = {}) {
    this.#base = baseOf(url);
    this.#fetch = options.fetch ?? fetch;
    this.#timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
    this.#adminToken = options.adminToken;
    const { secret } = options;
    const ask = () => this.#whoIsThere();
    this.#caller = secret ? createCaller({ secret, name: 'client', clock: CLOCK, ask }) : undefined;
  }

  /** The metrics asked for, one row each; empty when no node tells such a metric. */
  async queryMetrics(filter: StateFilter = {}): Promise<MetricRow[]> {
    const { nodes, families } = await this.state(filter);
    return Object.entries(nodes).flatMap(([node, { status, metrics }]) =>
      Object.entries(metrics).flatMap(([metric, held]) => {
        const whole = wholeMetric(families, metric, held);
        return whole === undefined ? [] : [{ node, status, metric, ...whole }];
      }),
    );
  }

  /** The fleet as the node sees it, or the part of it that passes the filter; all pages of it. */
  state(filter: StateFilter = {}): Promise<StateAnswer> {
    return this.#read<StateAnswer>(`state${queryOf(filter)}`);
  }

  /**
   * Rows or aggregates of many nodes, or what a quorum says of one. Without agreement there are no
   * rows, and `quorum.outcome` says why; that is an answer, not an error.
   */
  query(question: QueryFilter | QuorumQuestion = {}): Promise<QueryAnswer> {
    if (!('quorum' in question)) return this.#read<QueryAnswer>(`query${queryOf(question)}`);
    const leftMs = Math.max(MIN_TIMEOUT_MS, this.#timeoutMs - REPORT_MS);
    const timeout = `timeout=${Math.min(leftMs, MAX_TIMEOUT_MS)}ms`;
    return this.#request<QueryAnswer>(`query${queryOf(question)}&${timeout}`);
  }

  /**
   * What the node saw of the past, and how fine. Values are null in gaps: where a node was dead, a
   * metric ended, or the answering node was down.
   */
  history({ from, to, ...question }: HistoryQuestion = {}): Promise<HistoryAnswer> {
    const span = { ...(from && { from: textOf(from) }), ...(to && { to: textOf(to) }) };
    return this.#request<HistoryAnswer>(`history${queryOf({ ...question, ...span })}`);
  }

  /** The same page by page, the newest first: the answers' own `next` leads to what is earlier. */
  async *historyPages(question: HistoryQuestion = {}): AsyncGenerator<HistoryAnswer, void> {
    let page = await this.history(question);
    let url = new URL('history', this.#base);
    for (yield page; page.next !== undefined; yield page) {
      url = nextUrl(page.next, url);
      page = await this.#request<HistoryAnswer>(url.href);
    }
  }

  /** Who is in the cluster, without metrics. */
  async members(filter: Omit<StateFilter, 'metric'> = {}): Promise<MemberAnswer[]> {
    return (await this.#read<MembersAnswer>(`members${queryOf(filter)}`)).members;
  }

  /** Publishes metrics of your own through the node, 100 at most; answers them as accepted. */
  publish(metrics: UserMetric | readonly UserMetric[]): Promise<PublishAnswer> {
    return this.#change<PublishAnswer>('metrics', metrics);
  }

  /** Lets a metric end that was posted to the node; it disappears on all others too. */
  endMetric(name: string): Promise<EndedAnswer> {
    return this.#change<EndedAnswer>(`metrics/${encodeURIComponent(name)}`, undefined, 'DELETE');
  }

  /** Has a dead or left node forgotten on all nodes, before its time. */
  forget(node: string): Promise<ForgottenAnswer> {
    return this.#change<ForgottenAnswer>(
      `members/${encodeURIComponent(node)}`,
      undefined,
      'DELETE',
    );
  }

  /** Lets the node leave its cluster and end; peers raise no alarm. */
  async leave({ reason, returnsAt }: LeaveOptions = {}): Promise<LeavingAnswer> {
    const answer = await this.#change<LeavingAnswer>('leave', { reason, returnsAt });
    const { leaving, answeredBy } = answer;
    if (leaving !== true || typeof answeredBy !== 'string') throw noNode(this.#base);
    return answer;
  }

  /** Once more where the node was started anew since it was last asked who it is. */
  async #change<Answer>(path: string, body: unknown, method = 'POST'): Promise<Answer> {
    const text = body === undefined ? '' : JSON.stringify(body);
    try {
      return await this.#send<Answer>(method, path, text);
    } catch (error) {
      const isStale = error instanceof OperatingError && STALE.includes(error.code);
      if (!isStale || this.#caller === undefined) throw error;
      this.#caller.forget();
      return await this.#send<Answer>(method, path, text);
    }
  }

  async #send<Answer>(method: string, path: string, text: string): Promise<Answer> {
    const body = new TextEncoder().encode(text);
    const authorization =
      (await this.#caller?.authorize({ method, path: `/${path}`, query: '', body })) ??
      (this.#adminToken && `Bearer ${this.#adminToken}`);
    const headers = {
      ...(text !== '' && { 'Content-Type': 'application/json' }),
      ...(authorization && { Authorization: authorization }),
    };
    return this.#request<Answer>(path, { method, headers, ...(text !== '' && { body }) });
  }

  #read<Answer extends StateAnswer | QueryAnswer | MembersAnswer>(path: string): Promise<Answer> {
    return readPages(new URL(path, this.#base), (url) => this.#page<Answer>(url.href));
  }

  async #whoIsThere() {
    const { answeredBy: id, cluster, at, members } = await this.#read<MembersAnswer>('members');
    if (!Array.isArray(members)) throw noNode(this.#base);
    const generation = members.find(({ node }) => node === id)?.generation ?? 0;
    return { cluster, id, generation, wallMs: Date.parse(at) };
  }

  async #request<Answer>(path: string, init?: RequestInit): Promise<Answer> {
    return (await this.#page<Answer>(path, init)).answer;
  }

  async #page<Answer>(path: string, init: RequestInit = {}): Promise<Page<Answer>> {
    const url = new URL(path, this.#base);
    const signal = AbortSignal.timeout(this.#timeoutMs);
    try {
      // Not as a method: a browser's `fetch` refuses any `this` but its own.
      const call = this.#fetch;
      const response = await call(url, { ...init, signal });
      if (!response.ok) throw await refusal(response, url);
      const text = await readText(response, url);
      const answer: unknown = JSON.parse(text);
      if (typeof answer !== 'object' || answer === null) throw noNode(this.#base);
      return { answer: answer as Answer, characters: text.length };
    } catch (cause) {
      if (cause instanceof OperatingError) throw cause;
      const node = this.#base.href;
      if (signal.aborted) {
        const waited = `${this.#timeoutMs} ms`;
        throw new OperatingError('timeout', `${node} did not answer in ${waited}.`, { cause });
      }
      if (cause instanceof SyntaxError) {
        const message = `${node} did not answer in JSON; is it a PrioMon node?`;
        throw new OperatingError('not_json', message, { cause });
      }
      const message = `${node} cannot be reached; is a node running there?`;
      throw new OperatingError('unreachable', message, { cause });
    }
  }
}
