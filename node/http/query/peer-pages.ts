// What one peer holds of a node: asked for whole, and in pages where that is more than is read at
// once. Each page is read before the next one is asked for, so that a long answer holds as much of
// the event loop, and on its way as much memory, as a short one.

import { LIMITS } from '../../core/wire/messages.ts';
import { OperatingError } from '../../errors.ts';
import type { AppDependencies } from '../access/dependencies.ts';
import type { Turns } from '../answers/turns.ts';
import { type Question, readHolding, rowCount } from './holding.ts';
import type { QuorumInput } from './parameters.ts';
import { PAGE_ROWS, PEER_REFUSED, PEER_TOO_LONG } from './peers.ts';
import type { HeldMetric, Holding, PeerAnswer } from './quorum.ts';
import type { Share } from './room.ts';

/** A peer that lives answers in milliseconds; one that does not should not eat the other tries. */
export const ASK_TIMEOUT_MS = 1_000;

/** Without a quorum, a peer answers from its own view alone: questions never travel on. */
export function pathOf({ node, metric = [] }: Pick<QuorumInput, 'node' | 'metric'>): string {
  const pairs = [['node', node], ...metric.map((name) => ['metric', name])];
  return `/query?${new URLSearchParams(pairs)}`;
}

export interface Call {
  readonly peer: string;
  readonly address: string;
  readonly path: string;
  /** For the whole of it, or its first page. */
  readonly timeoutMs: number;
  /** Of the quorum, which has no use for later pages. */
  readonly endsAt: number;
}

interface Means extends Pick<AppDependencies, 'peers' | 'clock'> {
  readonly turns: Turns;
  readonly keep: (holding: Holding) => Holding;
}

/** What a peer holds, and how many messages that took beyond a request and its answer. */
export async function askPeer(
  means: Means,
  question: Question,
  call: Call,
): Promise<{ readonly answer: PeerAnswer; readonly more: number }> {
  let more = 0;
  try {
    const { answer } = await askOne(means, question, call);
    return { answer, more };
  } catch (error) {
    if (codeOf(error) !== PEER_TOO_LONG) return { answer: answerFor(error), more };
  }
  let whole: PeerAnswer = 'nothing';
  for (let first = 1; first <= LIMITS.slots; first += PAGE_ROWS) {
    const left = Math.floor(call.endsAt - means.clock.monotonicMs());
    if (left < 1) return { answer: 'no_answer', more };
    more += 2;
    const path = `${call.path}&rows=${first}-${first + PAGE_ROWS - 1}`;
    const timeoutMs = Math.min(ASK_TIMEOUT_MS, left);
    try {
      const page = await askOne(means, question, { ...call, path, timeoutMs });
      whole = page.rows > PAGE_ROWS ? 'bad_answer' : joined(whole, page.answer);
      if (typeof whole === 'string' && whole !== 'nothing') break;
      if (page.rows < PAGE_ROWS) break;
    } catch (error) {
      return { answer: answerFor(error), more };
    }
  }
  return { answer: whole, more };
}

/** Of long answers that come at one moment, one is read at each turn of the event loop. */
async function askOne(
  { peers, clock, turns, keep }: Means,
  question: Question,
  { peer, address, path, timeoutMs }: Call,
): Promise<{ readonly answer: PeerAnswer; readonly rows: number }> {
  const sentAt = clock.monotonicMs();
  const body = await peers.ask(address, path, timeoutMs);
  const rows = rowCount(body);
  if (rows >= PAGE_ROWS) await turns.next();
  const answer = await readHolding(body, peer, question, sentAt);
  return { answer: typeof answer === 'string' ? answer : keep(answer), rows };
}

/** What was published between two pages stands in one of them, or is missing, as if not heard. */
function joined(before: PeerAnswer, page: PeerAnswer): PeerAnswer {
  if (typeof before === 'string') return page;
  if (typeof page === 'string') return page === 'nothing' ? before : page;
  // The node was started anew meanwhile: what was told before is over.
  if (page.generation !== before.generation) return 'no_answer';
  const metrics = new Map([...before.metrics, ...page.metrics].map((each) => [each.metric, each]));
  return { ...page, metrics: [...metrics.values()] };
}

const codeOf = (error: unknown): string | undefined =>
  error instanceof OperatingError ? error.code : undefined;

function answerFor(error: unknown): PeerAnswer {
  if (!(error instanceof OperatingError)) throw error;
  return error.code === PEER_REFUSED ? 'bad_answer' : 'no_answer';
}

/** What a metric takes besides its texts, about. */
const METRIC_BYTES = 512;
/** Texts are held with two bytes a character where one is no Latin letter. */
const CHARACTER_BYTES = 2;

/**
 * Holds each text once: peers tell the same names, labels and descriptions, kilobytes a metric.
 * What differs takes of the share, which throws a Problem where there is no room left.
 */
export function keeping(share: Pick<Share, 'take'>): (holding: Holding) => Holding {
  const texts = new Map<string, string>();
  const kept = (text: string): string => {
    const held = texts.get(text);
    if (held !== undefined) return held;
    share.take(CHARACTER_BYTES * text.length);
    texts.set(text, text);
    return text;
  };
  const keptMetric = (held: HeldMetric): HeldMetric => {
    const { metric, family, unit, description, labels } = held;
    const pairs = Object.entries(labels ?? {}).map(([name, value]) => [kept(name), kept(value)]);
    return {
      ...held,
      ...{ metric: kept(metric), unit: kept(unit), description: kept(description) },
      ...(family !== undefined && { family: kept(family), labels: Object.fromEntries(pairs) }),
    };
  };
  return (holding) => {
    share.take(METRIC_BYTES * holding.metrics.length);
    return { ...holding, metrics: holding.metrics.map(keptMetric) };
  };
}
