// A small client for programs: asks any node about the whole fleet. Runs wherever `fetch` does.

import type { Status } from './core/model.ts';
import { OperatingError } from './errors.ts';
import { type Page, readPages, readText } from './http/answers/pages.ts';
import type {
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

/** ISO 8601 with its zone, or seconds (10 digits) or ms (13 digits) since 1970. */
export type Time = Date | string | number;

/** A planned leave, as peers are told of it. */
export interface LeaveOptions {
  /** 200 characters at most. */
  readonly reason?: string;
  /** A time, or a span from now such as `2h`. */
  readonly returnsAt?: Time;
}

/** Values of one field are alternatives, fields all must hold; names may be globs (`web-*`). */
export interface StateFilter {
  readonly node?: string | readonly string[];
  readonly metric?: string | readonly string[];
  /** `name=value` */
  readonly label?: string | readonly string[];
  readonly status?: Status | readonly Status[];
}

/** Thresholds, aggregates and rankings over many nodes; see the README for what they mean. */
export interface QueryFilter extends StateFilter {
  /** `cpu>80`; all must hold. */
  readonly where?: string | readonly string[];
  /** `count`, `min`, `max`, `avg`, `sum`, `p0` … `p100` */
  readonly aggregate?: string | readonly string[];
  /** `label:region` */
  readonly by?: string;
  /** Only so many of the highest rows of each metric. */
  readonly top?: number;
}

/** What a node stored between two times, the last hour where they are absent. */
export interface HistoryQuestion {
  /** Exact names; absent means all. */
  readonly node?: string;
  readonly metric?: string;
  /** A time, or an age such as `1h`. */
  readonly from?: Time;
  readonly to?: Time;
  /** `30s`: what held in each step; absent: the rows as stored. */
  readonly step?: string;
  /** Points at most, gaps among them; 1,000 when absent, 10,000 at most; the newest win. */
  readonly limit?: number;
}

/** What `quorum` nodes agree on of one node. */
export interface QuorumQuestion {
  readonly node: string;
  readonly metric?: string | readonly string[];
  readonly quorum: number;
  /** How often nodes are asked at most; 3 when absent. */
  readonly tries?: number;
}

/** A value of your own; the optional fields are remembered once given. */
export interface UserMetric {
  readonly name: string;
  readonly value: number;
  readonly unit?: string;
  readonly description?: string;
  readonly kind?: 'gauge' | 'counter';
  /** 1 (least) … 255 (most). */
  readonly priority?: number;
  /** The smallest change worth telling, in the unit or as a share (`15%`). */
  readonly delta?: number | string;
}

const DEFAULT_TIMEOUT_MS = 5_000;
const CLOCK = { wallMs: () => Date.now() };

/** Time for a node to say that its quorum ran out of time, ms. */
const REPORT_MS = 500;

const textOf = (time: Time): string => (time instanceof Date ? time.toISOString() : String(time));

type Question = StateFilter | QueryFilter | QuorumQuestion | HistoryQuestion;

const queryOf = (filter: Question): string => {
  const pairs = Object.entries(filter).flatMap(([name, values]) =>
    [values ?? []].flat().map((value): [string, string] => [name, String(value)]),
  );
  return pairs.length === 0 ? '' : `?${new URLSearchParams(pairs)}`;
};

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
    const { nodes } = await this.state(filter);
    return Object.entries(nodes).flatMap(([node, { status, metrics }]) =>
      Object.entries(metrics).map(([metric, reading]) => ({ node, status, metric, ...reading })),
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

  /** Who is in the cluster, without metrics. */
  async members(filter: Omit<StateFilter, 'metric'> = {}): Promise<MemberAnswer[]> {
    return (await this.#read<MembersAnswer>(`members${queryOf(filter)}`)).members;
  }

  /** Publishes metrics of your own through the node, 100 at most; answers them as accepted. */
  publish(metrics: UserMetric | readonly UserMetric[]): Promise<PublishAnswer> {
    return this.#change<PublishAnswer>('metrics', metrics);
  }

  /** Lets the node leave its cluster and end; peers raise no alarm. */
  async leave({ reason, returnsAt }: LeaveOptions = {}): Promise<LeavingAnswer> {
    const answer = await this.#change<LeavingAnswer>('leave', { reason, returnsAt });
    const { leaving, answeredBy } = answer;
    if (leaving !== true || typeof answeredBy !== 'string') throw noNode(this.#base);
    return answer;
  }

  /** Once more where the node was started anew since it was last asked who it is. */
  async #change<Answer>(path: string, body: unknown): Promise<Answer> {
    const text = JSON.stringify(body);
    try {
      return await this.#post<Answer>(path, text);
    } catch (error) {
      const isStale = error instanceof OperatingError && STALE.includes(error.code);
      if (!isStale || this.#caller === undefined) throw error;
      this.#caller.forget();
      return await this.#post<Answer>(path, text);
    }
  }

  async #post<Answer>(path: string, text: string): Promise<Answer> {
    const body = new TextEncoder().encode(text);
    const authorization =
      (await this.#caller?.authorize({ method: 'POST', path: `/${path}`, query: '', body })) ??
      (this.#adminToken && `Bearer ${this.#adminToken}`);
    const headers = {
      'Content-Type': 'application/json',
      ...(authorization && { Authorization: authorization }),
    };
    return this.#request<Answer>(path, { method: 'POST', headers, body });
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
