// Which node took which for alive or dead, against the truth: detection, false deaths, recovery.

import type { Fresh, MembershipEventRow } from '../../storage/results/rows.ts';
import { nodeName } from './names.ts';
import type { MemberSeen } from './sink.ts';
import type { Truth } from './truth.ts';

export interface Death {
  readonly node: number;
  readonly downAt: number;
  readonly firstMs: number | null;
  /** When the last of the living had noticed; null while some had not. */
  readonly allMs: number | null;
}

export interface Membership {
  seen(observer: number, at: number, seen: MemberSeen): void;
  down(node: number, at: number): void;
  up(node: number, at: number): void;
  deaths(): Death[];
  /** From a partition until all is whole again, deaths across it are no false ones. */
  divide(isDivided: boolean): void;
  /** How often a node took one that was up for dead; partitions apart. */
  readonly falseDeaths: number;
  /** Whether all that live take all that live for alive. */
  isWhole(): boolean;
  rows(): Fresh<MembershipEventRow>[];
}

/** Rows kept of one run; a storm beyond that is counted and not listed. */
const MAX_ROWS = 20_000;

const UNKNOWN = 0;
const ALIVE = 1;
const GONE = 2;

export function createMembership(nodes: number, truth: Pick<Truth, 'generation'>): Membership {
  /** How observer o takes subject s: at o × nodes + s. */
  const taken = new Uint8Array(nodes * nodes);
  const downAt = new Map<number, number>();
  const upAt = new Map<number, number>();
  const detections = new Map<number, Map<number, number>>();
  /** The run that came to an end last, by node: what is said of it stays true. */
  const ended = new Map<number, number>();
  const deaths: Death[] = [];
  const rows: Fresh<MembershipEventRow>[] = [];
  let falseDeaths = 0;
  let divided = false;

  function happenedAt(seen: MemberSeen): number | undefined {
    if (seen.status === 'dead') return downAt.get(seen.subject);
    return seen.status === 'alive' ? upAt.get(seen.subject) : undefined;
  }

  function note(observer: number, at: number, seen: MemberSeen): void {
    const isDown = downAt.has(seen.subject);
    const isPast = seen.generation <= (ended.get(seen.subject) ?? 0);
    const isTrue = seen.status === 'alive' ? !isDown && !isPast : isDown || isPast;
    if (seen.status === 'dead' && !isTrue && !divided) falseDeaths++;
    if (seen.status === 'dead' && isDown) {
      const noticed = detections.get(seen.subject);
      if (noticed !== undefined && !noticed.has(observer)) noticed.set(observer, at);
    }
    if (rows.length >= MAX_ROWS) return;
    const since = happenedAt(seen);
    rows.push({
      atMs: at,
      observer: nodeName(observer),
      subject: nodeName(seen.subject),
      status: seen.status,
      isTrue,
      afterMs: since === undefined || !isTrue ? null : at - since,
    });
  }

  /** How long those that live, and did when it died, took to notice that a node was down. */
  function deathOf(node: number): Death {
    const since = downAt.get(node) ?? 0;
    const noticed = detections.get(node) ?? new Map<number, number>();
    let [first, all] = [Number.POSITIVE_INFINITY, 0];
    for (let observer = 0; observer < nodes; observer++) {
      const isNew = (upAt.get(observer) ?? Number.NEGATIVE_INFINITY) >= since;
      if (downAt.has(observer) || isNew) continue;
      const at = noticed.get(observer) ?? Number.POSITIVE_INFINITY;
      first = Math.min(first, at);
      all = Math.max(all, at);
    }
    const after = (at: number): number | null => (Number.isFinite(at) ? at - since : null);
    return { node, downAt: since, firstMs: after(first), allMs: after(all) };
  }

  return {
    seen(observer, at, seen) {
      if (observer === seen.subject) return;
      const place = observer * nodes + seen.subject;
      // Joins at the start say nothing that the full view does not.
      const isJoin = taken[place] === UNKNOWN && !upAt.has(seen.subject);
      taken[place] = seen.status === 'alive' ? ALIVE : GONE;
      if (seen.status !== 'alive' || !isJoin) note(observer, at, seen);
    },
    down(node, at) {
      ended.set(node, truth.generation(node));
      downAt.set(node, at);
      detections.set(node, new Map());
    },
    up(node, at) {
      if (downAt.has(node)) deaths.push(deathOf(node));
      downAt.delete(node);
      upAt.set(node, at);
      taken.fill(UNKNOWN, node * nodes, (node + 1) * nodes);
      // Who took it for alive all along has yet to hear that it is another run.
      for (let observer = 0; observer < nodes; observer++) taken[observer * nodes + node] = UNKNOWN;
    },
    deaths: () => [...deaths, ...[...downAt.keys()].map(deathOf)],
    divide(isDivided) {
      divided = isDivided;
    },
    get falseDeaths() {
      return falseDeaths;
    },
    isWhole() {
      for (let observer = 0; observer < nodes; observer++) {
        if (downAt.has(observer)) continue;
        for (let subject = 0; subject < nodes; subject++) {
          if (subject === observer || downAt.has(subject)) continue;
          if (taken[observer * nodes + subject] !== ALIVE) return false;
        }
      }
      return true;
    },
    rows: () => rows,
  };
}
