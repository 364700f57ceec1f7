// Before a node takes part: is its id alive elsewhere? Peers say where they see it, and who answers
// there is asked itself, for a view may be old. Whatever cannot be asked in time does not keep a
// node from starting; two that met after their start settle it between them (core/identity.ts).

import * as v from 'valibot';
import type { PeerAccess } from '../app.ts';
import { STATUSES } from '../core/model.ts';
import { OperatingError } from '../errors.ts';
import type { Clock } from '../ports.ts';

export interface TwinOptions {
  readonly id: string;
  readonly cluster: string;
  /** Of the last run that this node's own store knows. */
  readonly lastGeneration: number | undefined;
  /** Who may know, the best first. */
  readonly peers: readonly string[];
  readonly ask: PeerAccess['ask'];
  readonly clock: Clock;
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
  self: v.string(),
  cluster: v.string(),
  members: v.array(
    v.object({
      id: v.string(),
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
  readonly self: string;
  readonly asked: string;
  /** Empty when it has none. */
  readonly address: string;
  readonly generation: number;
  /** When it was heard last, on this node's clock. */
  readonly heardAt: number;
}

/** Rejects with an OperatingError that names id, place and fix. */
export async function refuseTwin(options: TwinOptions): Promise<void> {
  const { id, peers, clock, lastGeneration } = options;
  const startedAt = clock.monotonicMs();
  const seen = await lookAll(options, peers.slice(0, MAX_PEERS), PEERS_MS);
  const itself = seen.find(({ self }) => self === id);
  if (itself !== undefined) throw twinProblem(id, itself.asked);
  const places = [...new Set(seen.map(({ address }) => address))].filter((at) => at !== '');
  const there = await lookAll(options, places.slice(0, MAX_PLACES), TWIN_MS);
  const twin = there.find(({ self }) => self === id);
  if (twin !== undefined) throw twinProblem(id, twin.asked);
  // Of our own last run peers may not know yet that it is over.
  const hidden = seen.filter((each) => each.address === '' && each.generation !== lastGeneration);
  if (hidden.length > 0 && (await isHeardAnew(options, hidden, startedAt))) {
    throw hiddenProblem(id, hidden[0]?.asked ?? '');
  }
}

/** Whether somebody heard of it since, which a run that is over does not bring about. */
async function isHeardAnew(
  options: TwinOptions,
  hidden: readonly Seen[],
  sinceMs: number,
): Promise<boolean> {
  const { clock } = options;
  const peers = hidden.map(({ asked }) => asked);
  const endAt = sinceMs + HEARD_WITHIN_MS;
  while (clock.monotonicMs() < endAt) {
    await new Promise<void>((resolve) => clock.after(HEARD_EVERY_MS, resolve));
    const seen = await lookAll(options, peers, PEERS_MS);
    if (seen.some(({ address, heardAt }) => address === '' && heardAt > sinceMs + AGE_ERROR_MS)) {
      return true;
    }
  }
  return false;
}

const lookAll = async (
  options: TwinOptions,
  addresses: readonly string[],
  timeoutMs: number,
): Promise<Seen[]> =>
  (await Promise.all(addresses.map((at) => look(options, at, timeoutMs)))).flatMap(
    (seen) => seen ?? [],
  );

/** Undefined where nobody answers, or does not know the id among the living. */
async function look(
  { id, cluster, ask, clock }: TwinOptions,
  asked: string,
  timeoutMs: number,
): Promise<Seen | undefined> {
  const body = await ask(asked, `/members?node=${encodeURIComponent(id)}`, timeoutMs).catch(
    noAnswer,
  );
  const answer = v.safeParse(MembersSeen, body);
  if (!answer.success || answer.output.cluster !== cluster) return undefined;
  const { self, members } = answer.output;
  const member = members.find((each) => each.id === id);
  if (member === undefined || member.status === 'dead' || member.status === 'left')
    return undefined;
  const { address, generation, ageMs } = member;
  return { self, asked, address, generation, heardAt: clock.monotonicMs() - ageMs };
}

function noAnswer(error: unknown): undefined {
  if (!(error instanceof OperatingError)) throw error;
}

const FIX = 'give this one another --id, or stop the other first.';

const twinProblem = (id: string, address: string): OperatingError =>
  new OperatingError('id_taken', `A node called ${id} runs at ${address} already; ${FIX}`);

const hiddenProblem = (id: string, peer: string): OperatingError =>
  new OperatingError(
    'id_taken',
    `A node called ${id}, which has no address, is heard by ${peer}; ${FIX}`,
  );
