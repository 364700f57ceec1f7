// The protocol's invariants, checked on the touched node after every event and on every message.
// Letters are those of node/core/README.md; h and i are checked once faults have healed.

import { recount } from '../../node/core/data/keep.ts';
import { entryAt, entryCount, markOf, versionAt } from '../../node/core/data/source.ts';
import type { Effect } from '../../node/core/effects.ts';
import type { MemberName, SeenMember } from '../../node/core/membership/member.ts';
import type { State } from '../../node/core/state.ts';
import { messageSize } from '../../node/core/wire/encode.ts';
import type { Message } from '../../node/core/wire/messages.ts';
import type { SimulatedNode } from '../../node/experiment/simulation/node.ts';
import { indicesOf, slotVersionsOf } from '../core/support.ts';
import { createTruth, entryText, type OwnerTruth, type Truth } from './truth.ts';

export const INVARIANTS = {
  a: 'for a viewer and source, (generation, version) never goes back',
  b: 'every held value was published by its owner',
  c: 'marks are honest: nothing the owner published up to a mark is missing',
  d: 'encoded bytes never exceed the budget',
  f: 'no node is resurrected after forgetting',
  g: 'memory stays within the stated caps',
  h: "after faults heal, all healthy views are equal within the theory's rounds + 3",
  i: 'no healthy node stays dead',
  j: 'clusters never mix',
  death: 'a node that is gone is known to be gone within the stated time',
} as const;

export type Invariant = keyof typeof INVARIANTS;

export class Violation extends Error {
  readonly invariant: Invariant;
  constructor(invariant: Invariant, details: string) {
    super(details);
    this.name = 'Violation';
    this.invariant = invariant;
  }
}

/** Stated in send.ts, pending.ts, updates.ts and messages.ts; one that grows grows here. */
export const CAPS = { pending: 256, broadcasts: 64, confirmers: 16, definitions: 16_384 } as const;

const COUNTED_EVERY_EVENTS = 7;

/** What a viewer held of a source when it was last looked at. */
interface Seen {
  readonly generation: number;
  readonly incarnation: number;
  readonly watermark: number;
  readonly versions: readonly number[];
}

export interface Checker {
  readonly truth: Truth;
  afterEvent(node: SimulatedNode): void;
  onEffect(node: SimulatedNode, effect: Effect): void;
  onMessage(message: Message, bytes: number, from: SimulatedNode): void;
}

/** `clusterOf` says which cluster a node id belongs to. */
export function createChecker(clusterOf: (id: string) => string): Checker {
  const truth = createTruth();
  /** By viewer's run and source id. */
  const seen = new Map<string, Map<string, Seen>>();
  const forgotten = new Map<string, Map<string, number>>();
  let events = 0;
  // Two may have one id, and no address.
  const names = new Map<SimulatedNode, number>();
  const viewerOf = (node: SimulatedNode): string => {
    const name = names.get(node) ?? names.size;
    names.set(node, name);
    return `${name}/${node.run}`;
  };

  return {
    truth,
    afterEvent(node) {
      const { engine } = node;
      if (engine === undefined) return;
      truth.note(engine);
      const viewer = viewerOf(node);
      const before = seen.get(viewer) ?? new Map<string, Seen>();
      seen.set(viewer, before);
      for (const member of engine.state.members.byId.values()) {
        const gone = forgotten.get(viewer)?.get(member.id);
        if (gone !== undefined && member.generation <= gone) {
          throw new Violation('f', `${node.id} holds ${nameOf(member)} again after forgetting it`);
        }
        checkForward(before, node, member);
        checkMember(truth, node, member);
        if (clusterOf(member.id) !== clusterOf(node.id)) {
          throw new Violation('j', `${node.id} holds ${member.id} of another cluster`);
        }
      }
      checkCaps(node, engine.state);
      // What was lost count of stays so: every few events is enough.
      if (++events % COUNTED_EVERY_EVENTS === 0) checkDefinitions(node, engine.state);
    },
    onEffect(node, effect) {
      if (effect.type !== 'member' || effect.change !== 'forgotten') return;
      const ids = forgotten.get(viewerOf(node)) ?? new Map<string, number>();
      forgotten.set(viewerOf(node), ids.set(effect.id, effect.generation));
    },
    onMessage(message, bytes, from) {
      const counted = messageSize(message);
      if (bytes !== counted) {
        throw new Violation('d', `a ${message.kind} has ${bytes} bytes and was counted ${counted}`);
      }
      if (bytes <= from.settings.budgetBytes) return;
      const budget = from.settings.budgetBytes;
      throw new Violation('d', `${from.id}'s ${message.kind}: ${bytes} bytes, budget ${budget}`);
    },
  };
}

const nameOf = ({ id, generation }: MemberName): string => `${id}@${generation}`;

function checkForward(before: Map<string, Seen>, node: SimulatedNode, member: SeenMember): void {
  const { id, generation, incarnation, source } = member;
  const last = before.get(id);
  const now = {
    generation,
    incarnation,
    watermark: source.watermark,
    versions: slotVersionsOf(source),
  };
  before.set(id, now);
  if (last === undefined || last.generation < generation) return;
  const back =
    last.generation > generation ||
    last.incarnation > incarnation ||
    last.watermark > source.watermark ||
    last.versions.some((version, index) => version > (now.versions[index] ?? 0));
  if (!back) return;
  const [was, is] = [JSON.stringify(last), JSON.stringify(now)];
  throw new Violation('a', `${node.id}'s view of ${id} went back: ${was} → ${is}`);
}

function checkMember(truth: Truth, node: SimulatedNode, member: SeenMember): void {
  const owner = truth.of(member.id, member.generation);
  // What an owner does in the very first call it handles is not written down yet.
  if (owner === undefined) {
    throw new Violation('b', `${node.id} holds ${nameOf(member)}, which never was`);
  }
  if (member.incarnation > owner.incarnation) {
    throw new Violation('b', `${node.id} holds ${nameOf(member)} at an incarnation it never had`);
  }
  // Of a forgotten run that has to be outbid nobody remembers where it was.
  const isClaim = member.status === 'dead' && member.address === '';
  if (!isClaim && !owner.addresses.has(member.address)) {
    throw new Violation('b', `${node.id} has ${nameOf(member)} at "${member.address}"`);
  }
  checkEntries(owner, node, member);
  checkMarks(owner, node, member);
}

function checkEntries(owner: OwnerTruth, node: SimulatedNode, member: SeenMember): void {
  for (const index of indicesOf(member.source)) {
    const entry = entryAt(member.source, index);
    if (entry === undefined) continue;
    const told = owner.published.get(entry.version);
    if (told?.index === index && told.value === entryText(entry)) continue;
    const held = `entry ${index} version ${entry.version} = ${entryText(entry)}`;
    const truth = told === undefined ? 'nothing' : `entry ${told.index} = ${told.value}`;
    throw new Violation('b', `${node.id} holds ${nameOf(member)} ${held}; published was ${truth}`);
  }
}

/**
 * The newest version of an entry, when it lies at or below the mark, has to be held. An older one
 * is superseded: here when the newer is held, else by one beyond the mark that is still to come.
 */
function checkMarks(owner: OwnerTruth, node: SimulatedNode, member: SeenMember): void {
  const { source } = member;
  for (const [index, newest] of owner.newest) {
    const mark = markOf(source, owner.lanes.get(index) ?? 0);
    if (newest > mark || versionAt(source, index) === newest) continue;
    const held = versionAt(source, index);
    const lane = owner.lanes.get(index);
    const where = `${node.id}'s view of ${nameOf(member)}`;
    throw new Violation(
      'c',
      `${where}: mark ${mark} in lane ${lane}, entry ${index} held ${held} of ${newest}`,
    );
  }
  if (source.watermark > owner.version) {
    throw new Violation(
      'c',
      `${node.id} has ${nameOf(member)} up to ${source.watermark}, beyond truth`,
    );
  }
}

function checkCaps(node: SimulatedNode, state: State): void {
  const { settings, members } = state;
  const within = (what: string, size: number, limit: number): void => {
    if (size > limit) throw new Violation('g', `${node.id} keeps ${size} ${what}, cap ${limit}`);
  };
  within('members', members.byId.size, settings.maxMembers);
  within('keys', members.byKey.size, members.byId.size);
  within('forgotten', state.forgotten.size, settings.maxForgotten);
  within('definitions', state.definitions.size, CAPS.definitions);
  within('bytes', state.viewBytes, settings.maxViewBytes);
  within('peers that told', state.growthByPeer.size, members.byId.size + 1);
  within('own metrics', state.ownSlots.size, settings.maxMetrics);
  within('fresh definitions', state.freshDefinitions.size, settings.maxMetrics);
  within('pending exchanges', state.pending.size, CAPS.pending);
  within('waiting broadcasts', state.broadcasts.length, CAPS.broadcasts);
  within('suspects', state.suspects.size, members.byId.size);
  within('probes', state.probes.size, members.byId.size);
  within('members with news', state.pendingUpdates.size, members.byId.size);
  for (const { suspicion, source } of members.byId.values()) {
    within('confirmers', suspicion?.confirmers.size ?? 0, CAPS.confirmers);
    within('entries', entryCount(source), settings.maxMetrics + 1);
    within('lanes', source.laneWatermarks?.size ?? 0, settings.maxMetrics + 1);
  }
  for (const suspect of [...state.suspects, ...state.pendingUpdates.keys()]) {
    if (members.byKey.get(suspect.key) === suspect) continue;
    throw new Violation('g', `${node.id} keeps ${nameOf(suspect)}, which it dropped`);
  }
}

/** What is counted, held and searched for follows from the records held, and from nothing else. */
function checkDefinitions(node: SimulatedNode, state: State): void {
  const { definitions, definitionUsers, previousUsers, spareDefinitions, unknownDefinitions } =
    state;
  const counted = recount(state);
  const isSpare = (key: number): boolean => !definitionUsers.has(key) && !previousUsers.has(key);
  const users = [...definitionUsers];
  const spare = [...definitions.keys()].filter(isSpare);
  const unknown = users.filter(([key]) => !definitions.has(key));
  const holds: Readonly<Record<string, boolean>> = {
    'bytes that it holds': counted.viewBytes === state.viewBytes,
    'users of definitions':
      counted.definitionUsers.size === users.length &&
      users.every(([key, count]) => counted.definitionUsers.get(key) === count),
    'unknown definitions':
      unknown.length === unknownDefinitions.size &&
      unknown.every(([key]) => unknownDefinitions.has(key)),
    'spare definitions':
      spare.length === spareDefinitions.size && spare.every((key) => spareDefinitions.has(key)),
  };
  for (const [what, isTrue] of Object.entries(holds)) {
    if (!isTrue) throw new Violation('g', `${node.id} has lost count of the ${what}`);
  }
}
