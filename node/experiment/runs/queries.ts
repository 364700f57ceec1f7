// The query load of a run: quorum queries about random nodes, dead ones included, put to random
// living nodes, evenly over each phase.

import { createRandom } from '../../core/random.ts';
import type { Collector } from '../measures/collector.ts';
import { nodeName } from '../measures/names.ts';
import type { RunSpec } from '../plan/plan.ts';
import type { Action } from './actions.ts';
import type { FaultSchedule } from './fault-schedule.ts';
import type { Question, Reply, Stage } from './stage.ts';

export interface Queries {
  readonly actions: readonly Action[];
  /** Waits for the answers that are still out, until the signal. */
  settled(signal: AbortSignal): Promise<void>;
}

interface Span {
  readonly phase: string;
  readonly fromMs: number;
  readonly endMs: number;
}

const QUERY_SALT = 0x9e4711;
/** The last answers are waited for in steps of this. */
const SETTLING_STEP_MS = 50;

export function planQueries(
  spec: RunSpec,
  stage: Stage,
  collector: Collector,
  span: { readonly fromMs: number; readonly endMs: number; readonly faults: FaultSchedule },
): Queries {
  const load = spec.plan.queries;
  if (load === undefined) return { actions: [], settled: async () => {} };
  const { nodes, metricSet } = spec.point;
  const random = createRandom(spec.seed ^ QUERY_SALT);
  const open = new Set<Promise<void>>();
  let number = 0;

  const pickLiving = (): number => {
    for (;;) {
      const node = random.below(nodes);
      if (span.faults.isUp(node)) return node;
    }
  };
  const start = (phase: string): void => {
    const question: Question = {
      coordinator: pickLiving(),
      target: random.below(nodes),
      metric: random.below(metricSet.metrics.length),
      quorum: load.quorum,
      tries: load.tries,
    };
    const asked = { number: number++, phase, question, atMs: stage.now() };
    const answered = stage.ask(question).then((reply) => {
      const at = asked.atMs + reply.timeMs;
      stage.note(at, () => keep(collector, asked, reply, at));
      open.delete(answered);
    });
    open.add(answered);
  };
  const actions = phasesOf(span).flatMap(({ phase, fromMs, endMs }) =>
    Array.from({ length: load.count }, (_, i) => ({
      at: fromMs + ((i + 0.5) * (endMs - fromMs)) / load.count,
      act: () => start(phase),
    })),
  );
  return {
    actions,
    async settled(signal) {
      // Virtual time does not pass by itself, and real time not at all any more after the signal.
      while (open.size > 0 && !signal.aborted) await stage.until(stage.now() + SETTLING_STEP_MS);
    },
  };
}

/** `before`, `failed` while nodes are down or apart, `after` their return. */
function phasesOf({
  fromMs,
  endMs,
  faults,
}: {
  readonly fromMs: number;
  readonly endMs: number;
  readonly faults: FaultSchedule;
}): Span[] {
  const { downAtMs = endMs, backAtMs = endMs } = faults;
  const spans = [
    { phase: 'before', fromMs, endMs: Math.min(downAtMs, endMs) },
    { phase: 'failed', fromMs: downAtMs, endMs: Math.min(backAtMs, endMs) },
    { phase: 'after', fromMs: backAtMs, endMs },
  ];
  return spans.filter((span) => span.endMs > span.fromMs);
}

interface Asked {
  readonly number: number;
  readonly phase: string;
  readonly question: Question;
  readonly atMs: number;
}

function keep(collector: Collector, asked: Asked, reply: Reply, at: number): void {
  const { number, phase, question, atMs } = asked;
  const { target, metric, coordinator, quorum } = question;
  const { failure, tries, messages, timeMs, statedStalenessMs } = reply;
  const isAnswered = failure === '';
  const { truth } = collector;
  collector.asked({
    ...{ number, atMs, phase, quorum, isAnswered, failure, tries, messages, timeMs },
    coordinator: nodeName(coordinator),
    target: nodeName(target),
    isTargetAlive: truth.isUp(target),
    statedStalenessMs,
    trueStalenessMs: isAnswered ? staleness(collector, target, metric, reply, at) : null,
  });
}

/** How long ago what was answered stopped being the newest that its owner had published. */
function staleness(
  { truth }: Collector,
  owner: number,
  metric: number,
  { generation, version }: Reply,
  at: number,
): number {
  const leftAt = truth.leftAt(owner, metric, truth.stampOf({ owner, generation, version }));
  return leftAt === undefined ? 0 : Math.max(0, at - leftAt);
}
