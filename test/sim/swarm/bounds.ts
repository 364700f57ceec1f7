// How soon things have to be so, in virtual time: the theory's rounds, stated as code.

import { longestSilenceMs } from '../../../node/core/membership/detection/outbound-failure.ts';
import type { ProtocolSettings } from '../../../node/core/settings.ts';
import { STRANGERS_SETTINGS } from './scenario.ts';
import type { World } from './views.ts';

/**
 * Push-pull gossip without loss: rounds until all n nodes know what one knew, with f exchanges a
 * node and round (design, section 6).
 */
export const theoryRounds = (nodes: number, targetCount: number): number =>
  Math.log(nodes) / Math.log(1 + 2 * targetCount) +
  Math.log(Math.max(1, Math.log(nodes))) / Math.log(1 + targetCount);

/** Slack that the promise grants above the theory, rounds. */
const SLACK_ROUNDS = 3;

/** How long after healing all views may differ; `apart`: whether live nodes had lost each other. */
export function healBoundMs(
  world: World,
  apart: { readonly ours: boolean; readonly strangers: boolean },
): number {
  const { settings, nodes, strangers } = world.scenario;
  const waitRounds = isStranded(world) ? 2 * nodes.length : 1;
  const ours = boundOf(settings, nodes.length, apart.ours ? waitRounds : 0);
  // Strangers have settings of their own; unless they lost each other, ours bound them as well.
  return apart.strangers ? Math.max(ours, boundOf(STRANGERS_SETTINGS, strangers.length, 2)) : ours;
}

function boundOf(settings: ProtocolSettings, size: number, contacts: number): number {
  const { targetCount, contactEveryRounds, maxRoundMs } = settings;
  const rounds = Math.ceil(theoryRounds(size, targetCount) + SLACK_ROUNDS);
  // Whoever lost each other meets through the contacts beyond, one every so many rounds.
  return (rounds + contacts * contactEveryRounds) * maxRoundMs;
}

/**
 * Whether a node may remember no other, with seeds that are all gone for good or have moved. It
 * waits for a call of the living, which share the dead: each calls a dead peer every 2 n contacts.
 */
function isStranded({ scenario, nodes, gone }: World): boolean {
  const up = new Set([...nodes.values()].flatMap((n) => (gone.has(n.id) ? [] : [n.address])));
  return scenario.nodes.some(
    ({ id, seeds }) => !gone.has(id) && !seeds.some((seed) => up.has(seed)),
  );
}

/** When everybody has to know that who is gone is gone. */
export function deathBoundMs({ scenario, gone, simulation }: World): number {
  const { settings, nodes, healAt } = scenario;
  if (gone.size === 0) return simulation.now();
  const { exchangeTimeoutMs, suspicionMaxMs, maxRoundMs, targetCount } = settings;
  // One rotation through all peers, a failed exchange and its probes at the worst local health,
  // the longest suspicion, and the news of it.
  const probesMs = 3 * 9 * exchangeTimeoutMs;
  const rounds =
    nodes.length / targetCount + theoryRounds(nodes.length, targetCount) + SLACK_ROUNDS;
  // Whom nobody can call is missed when its signs of life are.
  const hidden = nodes.some(({ id, address }) => gone.has(id) && address === '');
  const silenceMs = hidden ? longestSilenceMs(settings) : 0;
  return healAt + rounds * maxRoundMs + probesMs + suspicionMaxMs + silenceMs;
}
