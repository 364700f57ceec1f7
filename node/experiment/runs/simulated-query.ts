// A quorum query in virtual time: the node's own state machine, its requests and answers over the
// simulated network's delays, losses and cuts.

import { createRandom, type Random } from '../../core/random.ts';
import { holdingOf } from '../../http/query/holding.ts';
import {
  createQuorumQuery,
  type Holding,
  type PeerAnswer,
  type QuorumQuery,
  type QuorumResult,
  versionOf,
} from '../../http/query/quorum.ts';
import { type StalenessFacts, spreadMs, stalenessOf } from '../../http/query/staleness.ts';
import type { RunSpec } from '../plan/plan.ts';
import type { SimulatedNode } from '../simulation/node.ts';
import type { Simulation } from '../simulation/simulator.ts';
import type { Question, Reply } from './stage.ts';
import { failureOf, TOO_FEW } from './stage.ts';

/** As the node's own queries have it. */
const ASK_TIMEOUT_MS = 1_000;

interface Asking {
  readonly simulation: Simulation;
  readonly random: Random;
  readonly coordinator: SimulatedNode;
  /** What the node holds of the metric in question. */
  held(node: SimulatedNode): Holding | undefined;
}

/** Goes on by the simulation's events alone, never by real time. */
export function askSimulated(
  simulation: Simulation,
  { point, settings, seed }: RunSpec,
  question: Question,
): Promise<Reply> {
  const startedAt = simulation.now();
  const coordinator = simulation.nodes[question.coordinator];
  const target = simulation.nodes[question.target]?.id ?? '';
  const metric = point.metricSet.metrics[question.metric]?.name ?? '';
  const view = coordinator?.engine?.view;
  if (coordinator === undefined || view === undefined) return unanswered('unreachable');
  const live = view.members().filter(({ status }) => status === 'alive' || status === 'suspect');
  const peers = live.filter(({ id, address }) => id !== view.selfId && address !== '');
  const { quorum, tries } = question;
  if (quorum > peers.length + 1) return unanswered(TOO_FEW);
  const held: Asking['held'] = ({ engine }) =>
    holdingOf(engine?.view.member(target), (name) => name === metric);
  // A generator of its own: queries change nothing for the nodes.
  const random = createRandom(seed + startedAt);
  const own = (): Holding | undefined => held(coordinator);
  const query = createQuorumQuery({ self: view.selfId, own, peers, quorum, tries, random });
  const spread = spreadMs(live.length, settings);
  return new Promise((resolve) => {
    const end = (result: QuorumResult): void => {
      const now = simulation.now();
      const facts = { target, result, startedAt, now, spreadMs: spread };
      resolve(replyOf(result, facts));
    };
    proceed({ simulation, random, coordinator, held }, query, settings.roundMs, end);
  });
}

/** Asks on until the query is done. */
function proceed(
  asking: Asking,
  query: QuorumQuery,
  pauseMs: number,
  end: (result: QuorumResult) => void,
): void {
  const step = query.next();
  if ('done' in step) return end(step.done);
  pass(asking.simulation, step.wait ? pauseMs : 0, () => {
    let open = step.ask.length;
    for (const id of step.ask) {
      askOne(asking, id, (answer) => {
        query.take(id, answer);
        open--;
        if (open === 0) proceed(asking, query, pauseMs, end);
      });
    }
  });
}

function replyOf(result: QuorumResult, facts: StalenessFacts): Reply {
  const { newest, agreedOn = newest, outcome, tries, messages } = result;
  return {
    failure: failureOf(outcome),
    tries,
    messages,
    timeMs: facts.now - facts.startedAt,
    statedStalenessMs: agreedOn ? stalenessOf(agreedOn, facts).atMostMs : null,
    generation: agreedOn?.generation ?? 0,
    version: agreedOn ? versionOf(agreedOn) : 0,
  };
}

const unanswered = async (failure: string): Promise<Reply> => ({
  failure,
  tries: 0,
  messages: 0,
  timeMs: 0,
  statedStalenessMs: null,
  generation: 0,
  version: 0,
});

function pass(simulation: Simulation, forMs: number, then: () => void): void {
  simulation.at(simulation.now() + forMs, then);
}

/** There and back, unless the way is cut, a message is lost, or nobody is there. */
function askOne(asking: Asking, id: string, take: (answer: PeerAnswer) => void): void {
  const { simulation, coordinator, held } = asking;
  const peer = simulation.nodes.find((node) => node.id === id);
  let open = true;
  const end = (answer: PeerAnswer): void => {
    if (!open) return;
    open = false;
    take(answer);
  };
  pass(simulation, ASK_TIMEOUT_MS, () => end('no_answer'));
  if (peer === undefined || isLost(asking, coordinator.id, id)) return;
  pass(simulation, delayMs(asking), () => {
    // A process that is gone has its machine refuse; a machine that is gone says nothing.
    if (peer.engine === undefined && peer.vanished) return;
    const answer = peer.engine === undefined ? 'no_answer' : (held(peer) ?? 'nothing');
    if (isLost(asking, id, coordinator.id)) return;
    pass(simulation, delayMs(asking), () => end(answer));
  });
}

const isLost = ({ simulation, random }: Asking, from: string, to: string): boolean =>
  simulation.blocked.has(`${from}>${to}`) || random.next() < simulation.faults.loss;

function delayMs({ simulation, random }: Asking): number {
  const { minDelayMs, maxDelayMs } = simulation.faults;
  return minDelayMs + random.next() * (maxDelayMs - minDelayMs);
}
