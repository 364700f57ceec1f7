// Whether addresses answer over HTTP, as seen from where the node runs: status and time to the
// answer's head. Each check is a call, so they are few and take turns.

import type { MetricDefinition } from '../../core/model.ts';
import type { Probe, Reading } from '../../ports.ts';

export interface CheckTarget {
  /** Names the metrics: `check:shop:up`. */
  readonly name: string;
  readonly url: string;
}

export interface CheckOptions {
  readonly targets: readonly CheckTarget[];
  /** Between two checks of one target, ms. */
  readonly everyMs: number;
  readonly fetch: (request: Request) => Promise<Response>;
  /** Ms; what passes is the time that a call took. */
  readonly nowMs: () => number;
  /** When each target was checked last, by name, on the same clock; of the last sleep. */
  readonly checkedAt?: Readonly<Record<string, number>>;
}

export interface CheckProbe extends Probe {
  checkedAt(): Readonly<Record<string, number>>;
}

/** A target that takes longer is down. */
const TIMEOUT_MS = 5_000;

const definitionsOf = ({ name, url }: CheckTarget): MetricDefinition[] => {
  const about = (what: string): string => `${what} of ${new URL(url).host}`.slice(0, 200);
  const gauge = { kind: 'gauge' } as const;
  return [
    // Up or down is news that does not wait for the round.
    {
      ...{
        ...gauge,
        name: `check:${name}:up`,
        unit: '',
        description: about('1 when up, 0 when down'),
      },
      ...{ priority: 10, delta: { kind: 'absolute', change: 1 }, resolution: 1 },
    },
    {
      ...{ ...gauge, name: `check:${name}:status`, unit: '', description: about('HTTP status') },
      ...{ priority: 5, delta: { kind: 'absolute', change: 1 }, resolution: 1 },
    },
    {
      ...{
        ...gauge,
        name: `check:${name}:latency`,
        unit: 'ms',
        description: about('Time to answer'),
      },
      ...{ priority: 1, delta: { kind: 'relative', ratio: 0.5, floor: 100 }, resolution: 1 },
    },
  ];
};

export function createCheckProbe(options: CheckOptions): CheckProbe {
  const { targets, everyMs } = options;
  const checkedAt = new Map(Object.entries(options.checkedAt ?? {}));
  /** Spread over the time between two checks, so that no round has all of them. */
  const firstDueMs = (index: number, nowMs: number): number =>
    nowMs - everyMs + (index * everyMs) / targets.length;
  return {
    name: 'checks',
    metrics: targets.flatMap(definitionsOf),
    checkedAt: () => Object.fromEntries(checkedAt),
    async collect(nowMs) {
      const due = targets.filter(({ name }, index) => {
        const last = checkedAt.get(name) ?? firstDueMs(index, nowMs);
        if (!checkedAt.has(name)) checkedAt.set(name, last);
        return nowMs - last >= everyMs;
      });
      for (const { name } of due) checkedAt.set(name, nowMs);
      return (await Promise.all(due.map((target) => check(target, options)))).flat();
    },
  };
}

/** Never rejects: what does not answer is down, which is a measurement too. */
async function check(target: CheckTarget, { fetch, nowMs }: CheckOptions): Promise<Reading[]> {
  const startedAt = nowMs();
  const metric = (what: string): string => `check:${target.name}:${what}`;
  try {
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const response = await fetch(new Request(target.url, { redirect: 'manual', signal }));
    // Only the head counts; the rest must not be fetched.
    await response.body?.cancel();
    return [
      { metric: metric('up'), value: response.status < 500 ? 1 : 0 },
      { metric: metric('status'), value: response.status },
      { metric: metric('latency'), value: nowMs() - startedAt },
    ];
  } catch {
    // Without an answer there is no status and no latency: no data, not 0.
    return [{ metric: metric('up'), value: 0 }];
  }
}
