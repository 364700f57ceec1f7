// Fleets that know each other from the start, as after a long run.

import { adopt, type Holdings, recount } from '../../core/data/keep.ts';
import { MEMBER_BYTES } from '../../core/data/view-size.ts';
import { createMember, updateOf } from '../../core/membership/member.ts';
import { createSettledView, type SettledView } from '../../core/membership/roster.ts';
import type { Random } from '../../core/random.ts';
import type { SimulatedNode } from './node.ts';
import type { Simulation } from './simulator.ts';

/**
 * Puts all running nodes into each other's views, with what they published so far or without. The
 * views share what none of them has changed yet, so that ten thousand of them fit.
 */
export function introduceAll({ nodes, now }: Simulation, withValues: boolean): SettledView {
  const states = nodes.flatMap(({ engine }) => engine?.state ?? []);
  const settled = createSettledView(
    states.map(({ self }) => (withValues ? self : createMember(updateOf(self, now()), now()))),
  );
  const definitions = new Map(states.flatMap((state) => [...state.definitions]));
  let held: Holdings | undefined;
  for (const state of states) {
    // What was queued to be told at once is what the others are given here.
    state.broadcasts.length = 0;
    state.members.share(settled);
    if (!withValues) {
      state.viewBytes += MEMBER_BYTES * (settled.bySlot.length - 1);
      continue;
    }
    for (const [key, definition] of definitions) state.definitions.set(key, definition);
    // All hold the same: counted once for ten thousand views.
    held ??= recount(state);
    adopt(state, held);
    state.pendingUpdates.clear();
    state.exactDigests = 0;
    state.freshDefinitions.clear();
  }
  return settled;
}

/** Who has run for long re-tells its values at times of its own, not together with the others. */
export function spreadRefreshes({ engine, definitions }: SimulatedNode, random: Random): void {
  if (engine === undefined) return;
  const { published, settings } = engine.state;
  definitions.forEach(({ priority }, i) => {
    const last = published[i + 1];
    if (last === undefined) return;
    published[i + 1] = { value: last.value, at: (-random.next() * settings.refreshMs) / priority };
  });
}
