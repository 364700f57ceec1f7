// What a node says of its own values: when each was last found to hold, when it was last told, and
// that one is stale whose probe fails or hangs, or which nobody samples any more.

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createRandom } from '../../node/core/random.ts';
import { DEFAULT_SETTINGS } from '../../node/core/settings.ts';
import { staleAfterMs } from '../../node/driver/sampler.ts';
import { createDriver, type Driver } from '../../node/driver.ts';
import { tagOf } from '../../node/http/answers/freshness.ts';
import { metricJson, readClock } from '../../node/http/view/view-json.ts';
import type { Clock, Probe, Reading } from '../../node/ports.ts';
import { createProbeRunner, PATIENCE_MS } from '../../node/probes/runner.ts';
import { createMemoryStore } from '../../node/storage/database/memory-store.ts';
import { createInProcessNetwork } from '../../node/transport/in-process.ts';
import { CALM, metric, URGENT } from '../core/support.ts';

const SAMPLE_MS = 1_000;
const BOUND_MS = 3_800;

/** Timers and clocks that tests move. */
const clock: Clock = {
  monotonicMs: () => performance.now(),
  wallMs: () => Date.now(),
  after(delayMs, callback) {
    const timer = setTimeout(callback, delayMs);
    return () => clearTimeout(timer);
  },
};

/** What the probe of a metric does; `storage` and `cpu` have one each. */
interface Machine {
  readonly values: Map<string, number | 'hangs' | 'fails'>;
  /** The sampling itself gets no answer, whatever the probes do. */
  hangs: boolean;
}

function probeOf(name: string, { values }: Machine): Probe {
  return {
    name,
    metrics: [name === 'storage' ? URGENT : CALM],
    collect: async (): Promise<Reading[]> => {
      const value = values.get(name);
      if (value === 'hangs') return await new Promise(() => {});
      if (typeof value !== 'number') throw new Error('the file cannot be read');
      return [{ metric: name, value }];
    },
  };
}

let driver: Driver;
let machine: Machine;

async function start(everyMs: ReadonlyMap<string, number> = new Map()): Promise<void> {
  machine = {
    values: new Map([
      ['storage', 99],
      ['cpu', 10],
    ]),
    hangs: false,
  };
  const probes = ['storage', 'cpu'].map((name) => probeOf(name, machine));
  const runner = createProbeRunner(probes, { monotonicMs: clock.monotonicMs });
  driver = createDriver({
    ...{ id: 'n1', generation: 1, address: 'http://n1', seeds: [], everyMs, clock },
    settings: DEFAULT_SETTINGS,
    random: createRandom(1),
    definitions: [URGENT, CALM],
    transport: createInProcessNetwork({ clock }).transport(),
    store: createMemoryStore(),
    sampleMs: SAMPLE_MS,
    patienceMs: PATIENCE_MS,
    localUnits: new Map(),
    collect: (now) => (machine.hangs ? new Promise(() => {}) : runner.collect(now)),
    onEvent: () => {},
  });
  void driver.start();
  await vi.advanceTimersByTimeAsync(10_000);
}

/** As `/state/n1/:metric` answers it. */
function shown(name: string) {
  const metrics = driver.view.member('n1')?.metrics ?? [];
  const reading = metrics.find(({ definition }) => definition.name === name);
  if (reading === undefined) throw new Error(`there is no ${name}`);
  return metricJson(reading, readClock(clock));
}

beforeEach(() => void vi.useFakeTimers({ now: 1_769_860_800_000 }));
afterEach(() => {
  driver.stop();
  vi.useRealTimers();
});

describe('a metric that stays at 99 %', () => {
  it('was sampled just now, and told minutes ago', async () => {
    await start();
    await vi.advanceTimersByTimeAsync(20_000);
    const { value, ageMs, sampledAt, since, stale } = shown('storage');
    expect(value).toBe(99);
    expect(ageMs).toBeLessThanOrEqual(SAMPLE_MS);
    expect(Date.now() - Date.parse(since)).toBeGreaterThan(19_000);
    expect(Date.parse(sampledAt)).toBeGreaterThanOrEqual(Date.now() - SAMPLE_MS);
    expect(stale).toBeUndefined();
  });

  it('makes no revision by being sampled: a 304 means that nothing was learned', async () => {
    await start();
    const before = tagOf(driver.view);
    await vi.advanceTimersByTimeAsync(20_000);
    expect(tagOf(driver.view)).toBe(before);
  });
});

describe.each(['hangs', 'fails'] as const)('a metric whose probe %s', (way) => {
  it('is stale within its step, two samplings and the patience; the others are not', async () => {
    await start();
    machine.values.set('storage', way);
    await vi.advanceTimersByTimeAsync(BOUND_MS - 2 * SAMPLE_MS);
    expect(shown('storage').stale).toBeUndefined();
    await vi.advanceTimersByTimeAsync(2 * SAMPLE_MS);
    expect(shown('storage')).toMatchObject({ value: 99, stale: true });
    expect(shown('storage').ageMs).toBeGreaterThan(BOUND_MS);
    expect(shown('cpu').stale).toBeUndefined();
  });

  it('is a change that a poller is told of', async () => {
    await start();
    const before = tagOf(driver.view);
    machine.values.set('storage', way);
    // Looked at with every sample of another, and with every round.
    await vi.advanceTimersByTimeAsync(BOUND_MS + 2 * SAMPLE_MS);
    expect(tagOf(driver.view)).not.toBe(before);
  });
});

describe('a metric that was stale', () => {
  it('is not any more when its probe works again', async () => {
    await start();
    machine.values.set('storage', 'fails');
    await vi.advanceTimersByTimeAsync(20_000);
    const before = tagOf(driver.view);
    machine.values.set('storage', 99);
    await vi.advanceTimersByTimeAsync(2 * SAMPLE_MS);
    expect(shown('storage').stale).toBeUndefined();
    expect(tagOf(driver.view)).not.toBe(before);
  });
});

describe('a sampling that hangs as a whole', () => {
  it('makes all metrics stale that have a step, and none that a user posted', async () => {
    await start();
    driver.define(metric('queue'));
    driver.publish([{ metric: 'queue', value: 3 }]);
    machine.hangs = true;
    const before = tagOf(driver.view);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(shown('storage').stale).toBe(true);
    expect(shown('cpu').stale).toBe(true);
    expect(shown('queue').stale).toBeUndefined();
    expect(shown('queue').ageMs).toBeGreaterThan(50_000);
    expect(tagOf(driver.view)).not.toBe(before);
  });
});

describe('a metric with a step of its own', () => {
  it('is stale after that step, two samplings and the patience', async () => {
    await start(new Map([['storage', 30_000]]));
    const boundMs = staleAfterMs({ sampleMs: SAMPLE_MS, everyMs: new Map() }, 'cpu', PATIENCE_MS);
    expect(boundMs).toBe(BOUND_MS);
    await vi.advanceTimersByTimeAsync(29_000);
    expect(shown('storage').stale).toBeUndefined();
    machine.values.set('storage', 'fails');
    await vi.advanceTimersByTimeAsync(30_000 + BOUND_MS);
    expect(shown('storage').stale).toBe(true);
  });
});
