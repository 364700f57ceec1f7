// Runs a quorum query: asks peers over HTTP what they hold, within bounds of time.

import type { ClusterView, MemberHead } from '../../core/model.ts';
import { OperatingError } from '../../errors.ts';
import type { Clock } from '../../ports.ts';
import type { AppDependencies, PeerAccess } from '../access/dependencies.ts';
import { Problem } from '../answers/problem.ts';
import { matcher } from '../view/patterns.ts';
import { holdingOf, type Question, readHolding } from './holding.ts';
import type { QuorumInput } from './parameters.ts';
import { PEER_REFUSED } from './peers.ts';
import { createQuorumQuery, type PeerAnswer, type QuorumResult } from './quorum.ts';

/** A peer that lives answers in milliseconds; one that does not should not eat the other tries. */
const ASK_TIMEOUT_MS = 1_000;

export type QuorumDependencies = Pick<AppDependencies, 'view' | 'clock' | 'peers' | 'stats'>;

export const liveMembers = (view: ClusterView): MemberHead[] =>
  view.heads().filter(({ status }) => status === 'alive' || status === 'suspect');

/** What a quorum can be made of besides the node itself; some nodes take no calls. */
const askablePeers = (view: ClusterView): MemberHead[] =>
  liveMembers(view).filter(({ id, address }) => id !== view.selfId && address !== '');

/** Throws a Problem when there are fewer live nodes than the quorum wants. */
export async function askQuorum(
  deps: QuorumDependencies,
  input: QuorumInput,
): Promise<QuorumResult> {
  const { view, clock, peers, stats } = deps;
  const askable = askablePeers(view);
  refuseTooLarge(input.quorum, askable.length + 1);
  const byId = new Map(askable.map((peer) => [peer.id, peer]));
  const { node } = input;
  const question = { node, cluster: view.cluster, wanted: matcher('metric', input.metric) };
  const query = createQuorumQuery({
    self: view.selfId,
    own: () => holdingOf(view.member(node), question.wanted),
    peers: askable,
    quorum: input.quorum,
    tries: input.tries,
    random: peers.random,
  });
  const endsAt = clock.monotonicMs() + input.timeoutMs;
  const path = pathOf(input);
  for (;;) {
    const step = query.next();
    if ('done' in step) return step.done;
    if (step.wait) await pause(clock, waitMs(stats().roundMs, leftMs(clock, endsAt)));
    const timeoutMs = Math.min(ASK_TIMEOUT_MS, Math.floor(leftMs(clock, endsAt)));
    if (timeoutMs < 1) return query.result();
    await Promise.all(
      step.ask.map(async (id) => {
        const address = byId.get(id)?.address ?? '';
        const call = { address, path, timeoutMs, peer: id };
        query.take(id, await askOne(peers, clock, question, call));
      }),
    );
  }
}

function refuseTooLarge(quorum: number, live: number): void {
  if (quorum <= live) return;
  const known =
    live === 1
      ? '1 live node is known here, this one alone'
      : `${live} live nodes are known here, this one and ${live - 1} that can be called`;
  throw new Problem({
    status: 409,
    code: 'quorum_too_large',
    title: 'Too few nodes for the quorum',
    detail: `\`quorum\` is ${quorum}, but ${known}; ask for ${live} at most.`,
  });
}

const leftMs = (clock: Clock, endsAt: number): number => Math.max(0, endsAt - clock.monotonicMs());

/** A round brings most of those who are behind what they lack; they have to be asked in time. */
const waitMs = (roundMs: number, leftMs: number): number =>
  Math.min(roundMs, Math.max(leftMs / 2, leftMs - ASK_TIMEOUT_MS));

const pause = (clock: Clock, durationMs: number): Promise<void> =>
  new Promise((resolve) => clock.after(durationMs, resolve));

/** Without a quorum, a peer answers from its own view alone: questions never travel on. */
function pathOf({ node, metric = [] }: QuorumInput): string {
  const pairs = [['node', node], ...metric.map((name) => ['metric', name])];
  return `/query?${new URLSearchParams(pairs)}`;
}

interface Call {
  readonly peer: string;
  readonly address: string;
  readonly path: string;
  readonly timeoutMs: number;
}

async function askOne(
  peers: PeerAccess,
  clock: Clock,
  question: Question,
  { peer, address, path, timeoutMs }: Call,
): Promise<PeerAnswer> {
  const sentAt = clock.monotonicMs();
  try {
    return readHolding(await peers.ask(address, path, timeoutMs), peer, question, sentAt);
  } catch (error) {
    if (!(error instanceof OperatingError)) throw error;
    return error.code === PEER_REFUSED ? 'bad_answer' : 'no_answer';
  }
}
