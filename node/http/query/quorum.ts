// A quorum query as a state machine: which peer to ask next, and what the answers prove. No I/O and
// no clock, chance is handed in: the HTTP node and the simulator run the same code.

import { readDelta, withFloor } from '../../config/delta.ts';
import { deltaAt } from '../../core/data/publishing/publishing-rule.ts';
import { beats } from '../../core/membership/member.ts';
import type { Status } from '../../core/model.ts';
import { type Random, sample } from '../../core/random.ts';
import type { FamilyAnswer, MetricLabels } from '../answers/family.ts';

export interface HeldMetric extends Readonly<FamilyAnswer>, Readonly<MetricLabels> {
  readonly metric: string;
  readonly value: number;
  readonly version: number;
  /** On the monotonic clock of the node that asks, as the other times. */
  readonly sampledAt: number;
  readonly toldAt: number;
  /** As its owner told, when it did: since then the value is stale. */
  readonly staleAt?: number | undefined;
}

/** At least one metric; who knows a node but none of its metrics holds nothing. */
export interface Holding {
  readonly generation: number;
  /** Of the statement that `status` is from. */
  readonly incarnation: number;
  readonly status: Status;
  readonly metrics: readonly HeldMetric[];
}

/** What became of one request; `nothing`: the peer holds nothing of the target. */
export type PeerAnswer = Holding | 'nothing' | 'no_answer' | 'bad_answer';

export interface QuorumOptions {
  /** Who coordinates. It counts as one of those asked, without a message. */
  readonly self: string;
  /** What the coordinator holds now; read before every try. */
  own(): Holding | undefined;
  /** Live nodes that can be called, the coordinator not among them. */
  readonly peers: readonly { readonly id: string; readonly status: Status }[];
  /** How many nodes have to agree, the coordinator counted. 1 and up. */
  readonly quorum: number;
  /** How often nodes are asked at most. 1 and up. */
  readonly tries: number;
  readonly random: Random;
}

/**
 * agreed: as many as wanted hold the newest that was seen, or what differs from it by less than the
 * metric's delta. disagreed: enough answered, too few hold
 * it. unanswered: too few answered at all. unknown: enough answered, and none holds anything.
 */
export type QuorumOutcome = 'agreed' | 'disagreed' | 'unanswered' | 'unknown';

/** The newest (generation, version) that a node holds, and whether it agrees. */
export interface QuorumVote {
  readonly node: string;
  readonly generation: number;
  readonly version: number;
  readonly agrees: boolean;
}

export interface QuorumResult {
  readonly outcome: QuorumOutcome;
  readonly wanted: number;
  /** The newest of each metric that anybody told, agreed or not; absent when none holds any. */
  readonly newest: Holding | undefined;
  /** What the answer is; absent unless agreed. */
  readonly agreedOn: Holding | undefined;
  readonly agreed: readonly string[];
  /** The last word of each who holds something, the coordinator first if it does. */
  readonly votes: readonly QuorumVote[];
  readonly unknownTo: readonly string[];
  readonly failed: readonly {
    readonly node: string;
    readonly reason: 'no_answer' | 'bad_answer';
  }[];
  readonly tries: number;
  /** Requests sent and answers that came, each counted once. */
  readonly messages: number;
}

/** `wait`: somebody asked again was behind a moment ago, so give gossip time first. */
export type QuorumStep =
  | { readonly ask: readonly string[]; readonly wait: boolean }
  | { readonly done: QuorumResult };

export interface QuorumQuery {
  /** Whom to ask now. Those asked before who did not answer yet count as failed. */
  next(): QuorumStep;
  /** Ignored where nobody waits for it. `more`: messages beyond a request and its answer. */
  take(id: string, answer: PeerAnswer, more?: number): void;
  /** Where it stands, for a caller that runs out of time. */
  result(): QuorumResult;
}

/**
 * Agreement is on what versions name, and on what their owner would not have told anew: a node that
 * is behind by the delta of a metric, or more, has answered but does not agree. Each further try
 * asks those again that were behind, and as many others as votes are missing: first those that were
 * never asked, then those that failed.
 * A peer that lies can prevent an agreement; to forge one by a delta or more takes as many liars as
 * the quorum.
 */
export function createQuorumQuery(options: QuorumOptions): QuorumQuery {
  const { self, peers, quorum, random } = options;
  const order = callingOrder(options);
  const answers = new Map<string, PeerAnswer>();
  const waiting = new Set<string>();
  let own = options.own();
  let tries = 0;
  let messages = 0;

  const judge = (): QuorumResult => {
    const heard = [[self, own ?? 'nothing'] as const, ...answers];
    return { ...count(heard, quorum), wanted: quorum, tries, messages };
  };
  const choose = ({ votes, unknownTo, agreed }: QuorumResult): string[] => {
    const missing = Math.min(peers.length, quorum - agreed.length);
    const isBehind = new Set([...votes.filter((vote) => !vote.agrees).map(nodeOf), ...unknownTo]);
    const behind = order.filter((id) => isBehind.has(id));
    const fresh = order.filter((id) => !answers.has(id));
    const failed = order.filter((id) => typeof answers.get(id) === 'string' && !isBehind.has(id));
    return [...sample(random, behind, missing), ...[...fresh, ...failed].slice(0, missing)];
  };
  const giveUpWaiting = (): void => {
    for (const id of waiting) answers.set(id, 'no_answer');
    waiting.clear();
  };

  return {
    next() {
      giveUpWaiting();
      own = options.own();
      const result = judge();
      const isSettled = result.outcome === 'agreed' || result.outcome === 'unknown';
      const ask = isSettled || tries >= options.tries ? [] : choose(result);
      if (ask.length === 0) return { done: result };
      tries++;
      messages += ask.length;
      const wait = ask.some((id) => isHeld(answers.get(id)) || answers.get(id) === 'nothing');
      for (const id of ask) waiting.add(id);
      return { ask, wait };
    },
    take(id, answer, more = 0) {
      if (!waiting.delete(id)) return;
      answers.set(id, answer);
      messages += more;
      if (answer !== 'no_answer') messages++;
    },
    result() {
      giveUpWaiting();
      return judge();
    },
  };
}

/** Random, but suspects last: they answer less often than others. */
function callingOrder({ peers, random }: QuorumOptions): string[] {
  const shuffled = sample(random, peers, peers.length);
  const isSuspect = ({ status }: { status: Status }): boolean => status === 'suspect';
  return [
    ...shuffled.filter((peer) => !isSuspect(peer)),
    ...shuffled.filter((peer) => isSuspect(peer)),
  ].map(({ id }) => id);
}

type Heard = readonly (readonly [id: string, answer: PeerAnswer])[];

function count(heard: Heard, quorum: number): Omit<QuorumResult, 'wanted' | 'tries' | 'messages'> {
  const held = heard.flatMap(([node, answer]) => (isHeld(answer) ? [{ node, answer }] : []));
  const newest = newestOf(held.map(({ answer }) => answer));
  const votes = held.map(({ node, answer }) => ({
    node,
    generation: answer.generation,
    version: versionOf(answer),
    agrees: newest !== undefined && agrees(answer, newest),
  }));
  const agreed = votes.filter((vote) => vote.agrees).map(nodeOf);
  const agreeing = held.filter(({ node }) => agreed.includes(node)).map(({ answer }) => answer);
  const unknownTo = heard.filter(([, answer]) => answer === 'nothing').map(([node]) => node);
  const failed = heard.flatMap(([node, answer]) =>
    answer === 'no_answer' || answer === 'bad_answer' ? [{ node, reason: answer }] : [],
  );
  const outcome = ((): QuorumOutcome => {
    if (agreed.length >= quorum) return 'agreed';
    if (held.length + unknownTo.length < quorum) return 'unanswered';
    return held.length === 0 ? 'unknown' : 'disagreed';
  })();
  const agreedOn = outcome === 'agreed' ? agreedOf(newest, agreeing, quorum) : undefined;
  return { outcome, newest, agreedOn, agreed, votes, unknownTo, failed };
}

const isHeld = (answer: PeerAnswer | undefined): answer is Holding => typeof answer === 'object';

const nodeOf = ({ node }: { readonly node: string }): string => node;

/** An owner numbers all its metrics with one counter: the highest is that of its last publish. */
export const versionOf = ({ metrics }: Holding): number =>
  Math.max(...metrics.map(({ version }) => version));

/**
 * The newest of each metric within the newest generation. Of equal ones the older time stays: a
 * sample's time is estimated along its way, and staleness is stated as the most it may be.
 */
function newestOf(holdings: readonly Holding[]): Holding | undefined {
  const generation = Math.max(...holdings.map((holding) => holding.generation));
  const current = holdings.filter((holding) => holding.generation === generation);
  const [first] = current;
  if (first === undefined) return undefined;
  const { incarnation, status } = current.reduce((a, b) => (beats(b, a) ? b : a));
  const metrics = new Map<string, HeldMetric>();
  for (const metric of current.flatMap((holding) => holding.metrics)) {
    const held = metrics.get(metric.metric);
    if (held === undefined || metric.version > held.version) metrics.set(metric.metric, metric);
    else if (isSame(metric, held)) metrics.set(metric.metric, olderOf(metric, held));
  }
  return { generation, incarnation, status, metrics: [...metrics.values()] };
}

/** Only its owner knows that a value is stale. */
const olderOf = (a: HeldMetric, b: HeldMetric): HeldMetric => ({
  ...(a.sampledAt < b.sampledAt ? a : b),
  staleAt: a.staleAt ?? b.staleAt,
});

/** A version names one value for ever; a node with another one under its name does not agree. */
const isSame = (a: HeldMetric, b: HeldMetric): boolean =>
  a.version === b.version && a.value === b.value;

/** By name, for answers of many nodes with hundreds of metrics each are held against each other. */
const byName = (metrics: readonly HeldMetric[]): Map<string, HeldMetric[]> =>
  Map.groupBy(metrics, ({ metric }) => metric);

function agrees(holding: Holding, newest: Holding): boolean {
  if (holding.generation !== newest.generation) return false;
  const named = byName(holding.metrics);
  return newest.metrics.every((metric) =>
    named.get(metric.metric)?.some((held) => isAlike(held, metric)),
  );
}

/** Owners tell a value anew after a while, however little it moved: that is no disagreement. */
const isAlike = (held: HeldMetric, newest: HeldMetric): boolean => {
  if (held.version === newest.version) return isSame(held, newest);
  const delta = readDelta(newest.delta);
  const moved = Math.abs(newest.value - held.value);
  return delta !== undefined && moved < deltaAt(withFloor(delta), held.value);
};

/**
 * Of each metric the newest that as many as wanted hold, or hold something newer and alike: no
 * single node makes the answer newer than that.
 */
function agreedOf(
  newest: Holding | undefined,
  agreeing: readonly Holding[],
  quorum: number,
): Holding | undefined {
  if (newest === undefined) return undefined;
  const named = byName(agreeing.flatMap((holding) => holding.metrics));
  const metrics = newest.metrics.map((metric) => {
    const all = named.get(metric.metric) ?? [];
    const held = all.toSorted((a, b) => b.version - a.version)[quorum - 1] ?? metric;
    return all.filter((each) => isSame(each, held)).reduce(olderOf, held);
  });
  return { ...newest, metrics };
}
