// Runs a quorum query: asks peers over HTTP what they hold, within bounds of time.

import type { ClusterView, MemberHead } from '../../core/model.ts';
import type { Clock } from '../../ports.ts';
import type { AppDependencies } from '../access/dependencies.ts';
import { Problem } from '../answers/problem.ts';
import { SLICE, type Turns } from '../answers/turns.ts';
import { type Remembering, remembering } from '../view/filter.ts';
import { holdingOf, namesOf, type Wanted } from './holding.ts';
import type { QuorumInput } from './parameters.ts';
import { ASK_TIMEOUT_MS, askPeer, keeping, pathOf } from './peer-pages.ts';
import { createQuorumQuery, type QuorumResult } from './quorum.ts';
import type { Share } from './room.ts';

export interface QuorumDependencies
  extends Pick<AppDependencies, 'view' | 'clock' | 'peers' | 'stats'> {
  /** Shared by all quorums. */
  readonly turns: Turns;
  /** Of the room for what peers told. */
  readonly share: Share;
}

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
  const { view, clock, stats } = deps;
  const askable = askablePeers(view);
  refuseTooLarge(input.quorum, askable.length + 1);
  const byId = new Map(askable.map((peer) => [peer.id, peer]));
  const { node } = input;
  const names = remembering('metric', input.metric);
  const among = (all: readonly string[]) => wantedAmong(all, names, deps.turns);
  const question = { node, cluster: view.cluster, among };
  const readOwn = async () => {
    const member = view.member(node);
    return holdingOf(member, await among(namesOf(member?.metrics ?? [])));
  };
  let own = await readOwn();
  const query = createQuorumQuery({
    self: view.selfId,
    own: () => own,
    peers: askable,
    quorum: input.quorum,
    tries: input.tries,
    random: deps.peers.random,
  });
  const endsAt = clock.monotonicMs() + input.timeoutMs;
  const path = pathOf(input);
  const means = { ...deps, keep: keeping(deps.share) };
  for (;;) {
    const step = query.next();
    if ('done' in step) return step.done;
    if (step.wait) await pause(clock, waitMs(stats().roundMs, leftMs(clock, endsAt)));
    const timeoutMs = Math.min(ASK_TIMEOUT_MS, Math.floor(leftMs(clock, endsAt)));
    if (timeoutMs < 1) return query.result();
    await Promise.all(
      step.ask.map(async (id) => {
        const address = byId.get(id)?.address ?? '';
        const call = { address, path, timeoutMs, endsAt, peer: id };
        const { answer, more } = await askPeer(means, question, call);
        query.take(id, answer, more);
      }),
    );
    own = await readOwn();
  }
}

/** Which of these are asked for. Others have their turn while patterns read long labels. */
async function wantedAmong(
  all: readonly string[],
  { matches, takeCost }: Remembering,
  turns: Turns,
): Promise<Wanted> {
  const wanted = new Set<string>();
  let cost = 0;
  for (const name of all) {
    if (matches(name)) wanted.add(name);
    cost += takeCost();
    if (cost < SLICE) continue;
    await turns.next();
    cost = 0;
  }
  return (name) => wanted.has(name);
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
