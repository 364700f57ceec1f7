// What a node knows of the members, and of itself among them.

import type { EngineOptions } from '../options.ts';
import { createHealth, type LocalHealth } from './detection/local-health.ts';
import { createWatch, type Watch } from './detection/probes.ts';
import { createMember, type Member, type MemberUpdate } from './member.ts';
import { createMembers, type Members } from './roster.ts';

/** The wall clock, as its distance from the monotonic one, ms. */
export interface Wall {
  /** Undefined before it was told. */
  offsetMs: number | undefined;
  /** What peers were told when it had moved last. */
  toldMs: number;
  /** On how many exchanges it is still told since. */
  retransmits: number;
}

export interface MembershipState extends Watch {
  readonly members: Members;
  self: Member;
  readonly suspects: Set<Member>;
  /** Members whose status or incarnation changed last in this view, the oldest change first. */
  readonly recentChanges: Set<Member>;
  /** Id to generation of whom we forgot, oldest first. */
  readonly forgotten: Map<string, number>;
  /** What is to be said against claims that somebody we forgot lives; by id. */
  readonly staleClaims: Map<string, MemberUpdate>;
  readonly health: LocalHealth;
  readonly wall: Wall;
  /** Times that our outbidding of a claim to our id was outbid in turn. */
  outbid: number;
  leaving: boolean;
  /** Another node took our id. */
  replaced: boolean;
  /** The round in which a member, or its record, was last heard of for the first time. */
  newcomerRound: number;
}

export function createMembershipState(options: EngineOptions, now: number): MembershipState {
  const { id, generation, address } = options;
  const self = createMember(
    { id, generation, incarnation: 0, status: 'alive', address, ageMs: 0, confirmers: [] },
    now,
  );
  const members = createMembers();
  members.add(self);
  return {
    ...createWatch(),
    members,
    self,
    suspects: new Set(),
    recentChanges: new Set(),
    forgotten: new Map(),
    staleClaims: new Map(),
    health: createHealth(),
    newcomerRound: 0,
    wall: { offsetMs: undefined, toldMs: 0, retransmits: 0 },
    outbid: 0,
    leaving: false,
    replaced: false,
  };
}

/** The wall clock, ms; undefined before it was told. */
export const wallOf = ({ wall }: MembershipState, now: number): number | undefined =>
  wall.offsetMs === undefined ? undefined : now + wall.offsetMs;

/** A member, or what it tells of itself, was heard of for the first time. */
export function noteNewcomer(state: MembershipState, round: number): void {
  state.newcomerRound = round;
}
