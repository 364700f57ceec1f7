// Before a node takes part: is its id alive elsewhere? Peers say where they see it, and what
// answers there is asked itself, for a view may be old. Whatever cannot be asked in time does not
// keep a node from starting; two that met after their start settle it between them
// (core/membership/identity.ts). Where a peer refuses the question, the log says that the id was
// not checked.

import * as v from 'valibot';
import type { PeerAccess } from '../../app.ts';
import { STATUSES } from '../../core/model.ts';
import { OperatingError } from '../../errors.ts';
import { PEER_REFUSED } from '../../http/query/peers.ts';
import type { Clock } from '../../ports.ts';

export interface DuplicateIdOptions {
  readonly id: string;
  readonly cluster: string;
  /** Of the last run that this node's own store knows. */
  readonly lastGeneration: number | undefined;
  /** Who may know, the best first. */
  readonly peers: readonly string[];
  readonly ask: PeerAccess['ask'];
  readonly clock: Clock;
  /** Told in one sentence when those who could know refused to tell; the node starts then. */
  readonly onBlind: (sentence: string) => void;
}

/** Asked at once; more peers know no more. */
const MAX_PEERS = 8;
/** Places where peers see the id; there is one, or two while word of a move spreads. */
const MAX_PLACES = 4;
/** Until a peer has answered, ms; and until the other node has, which somebody has seen alive. */
const PEERS_MS = 400;
const TWIN_MS = 750;
/** Who has no address cannot be asked: peers have to hear of it anew in this time, ms. */
const HEARD_WITHIN_MS = 5_000;
const HEARD_EVERY_MS = 500;
/** By so much can a moment be off that peers tell by its age, ms. */
const AGE_ERROR_MS = 300;

const MembersSeen = v.object({
  answeredBy: v.string(),
  cluster: v.string(),
  members: v.array(
    v.object({
      node: v.string(),
      status: v.picklist(STATUSES),
      generation: v.number(),
      address: v.string(),
      ageMs: v.number(),
    }),
  ),
});

/** What one node says of the id. */
interface Seen {
  /** Who says so, and where it was asked. */
  readonly answeredBy: string;
  readonly asked: string;
  /** Empty when it has none. */
  readonly address: string;
  readonly generation: number;
  /** When it was heard last, on this node's clock. */
  readonly heardAt: number;
}

/** What came of asking one node; `unseen`: it knows none of that id among the living. */
type Look =
  | { readonly kind: 'seen'; readonly seen: Seen }
  | { readonly kind: 'unseen' | 'silent' }
  | { readonly kind: 'refused'; readonly why: string };

/** Rejects with an OperatingError that names id, place and fix. */
export async function refuseDuplicateId(options: DuplicateIdOptions): Promise<void> {
  const { id, peers, clock, lastGeneration } = options;
  const startedAt = clock.monotonicMs();
  const looks = await lookAll(options, peers.slice(0, MAX_PEERS), PEERS_MS);
  const seen = seenIn(looks);
  const itself = seen.find(({ answeredBy }) => answeredBy === id);
  if (itself !== undefined) throw duplicateProblem(id, itself.asked);
  const places = [...new Set(seen.map(({ address }) => address))].filter((at) => at !== '');
  const there = await lookAll(options, places.slice(0, MAX_PLACES), TWIN_MS);
  const duplicate = seenIn(there).find(({ answeredBy }) => answeredBy === id);
  if (duplicate !== undefined) throw duplicateProblem(id, duplicate.asked);
  // Of our own last run peers may not know yet that it is over.
  const outboundOnly = seen.filter(
    (each) => each.address === '' && each.generation !== lastGeneration,
  );
  if (outboundOnly.length > 0 && (await isHeardAnew(options, outboundOnly, startedAt))) {
    throw outboundOnlyProblem(id, outboundOnly[0]?.asked ?? '');
  }
  // One peer that tells is enough; at the place itself nobody else can.
  const isTold = looks.some(({ kind }) => kind === 'seen' || kind === 'unseen');
  const [why] = [...(isTold ? [] : looks), ...there].flatMap((look) =>
    look.kind === 'refused' ? look.why : [],
  );
  if (why !== undefined) options.onBlind(blindText(id, why));
}

/** Whether somebody heard of it since, which a run that is over does not bring about. */
async function isHeardAnew(
  options: DuplicateIdOptions,
  outboundOnly: readonly Seen[],
  sinceMs: number,
): Promise<boolean> {
  const { clock } = options;
  const peers = outboundOnly.map(({ asked }) => asked);
  const endAt = sinceMs + HEARD_WITHIN_MS;
  while (clock.monotonicMs() < endAt) {
    await new Promise<void>((resolve) => clock.after(HEARD_EVERY_MS, resolve));
    const seen = seenIn(await lookAll(options, peers, PEERS_MS));
    if (seen.some(({ address, heardAt }) => address === '' && heardAt > sinceMs + AGE_ERROR_MS)) {
      return true;
    }
  }
  return false;
}

const lookAll = (
  options: DuplicateIdOptions,
  addresses: readonly string[],
  timeoutMs: number,
): Promise<Look[]> => Promise.all(addresses.map((at) => look(options, at, timeoutMs)));

const seenIn = (looks: readonly Look[]): Seen[] =>
  looks.flatMap((look) => (look.kind === 'seen' ? look.seen : []));

async function look(options: DuplicateIdOptions, asked: string, timeoutMs: number): Promise<Look> {
  const { id, ask } = options;
  try {
    const body = await ask(asked, `/members?node=${encodeURIComponent(id)}`, timeoutMs);
    return lookIn(body, options, asked);
  } catch (error) {
    if (!(error instanceof OperatingError)) throw error;
    return error.code === PEER_REFUSED ? { kind: 'refused', why: error.message } : SILENT;
  }
}

const SILENT: Look = { kind: 'silent' };

function lookIn(body: unknown, { id, cluster, clock }: DuplicateIdOptions, asked: string): Look {
  // Each fault of an answer that somebody made up would take a kilobyte to tell.
  const answer = v.safeParse(MembersSeen, body, { abortEarly: true });
  // Another cluster's node, and what is none, know nothing; gossip tells of them.
  if (!answer.success || answer.output.cluster !== cluster) return SILENT;
  const { answeredBy, members } = answer.output;
  const member = members.find((each) => each.node === id);
  if (member === undefined || member.status === 'dead' || member.status === 'left')
    return { kind: 'unseen' };
  const { address, generation, ageMs } = member;
  const heardAt = clock.monotonicMs() - ageMs;
  return { kind: 'seen', seen: { answeredBy, asked, address, generation, heardAt } };
}

const FIX = 'give this one another --id, or stop the other first.';

const duplicateProblem = (id: string, address: string): OperatingError =>
  new OperatingError('id_taken', `A node called ${id} runs at ${address} already; ${FIX}`);

const blindText = (id: string, why: string): string =>
  `whether another node called ${id} runs already is not known, for ${why}; this one starts, and ` +
  'if there are two, the one that was started later stops';

const outboundOnlyProblem = (id: string, peer: string): OperatingError =>
  new OperatingError(
    'id_taken',
    `A node called ${id}, which has no address, is heard by ${peer}; ${FIX}`,
  );
