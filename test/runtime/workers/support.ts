// Objects under test: asked through the Worker, woken by their alarms, in a time that tests lead.

import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { env, exports } from 'cloudflare:workers';
import { vi } from 'vitest';
import type { ObjectStorage } from '../../../node/edge/platform.ts';
import type { Kept } from '../../../node/edge/storage/keeping.ts';
import type { ReadyAnswer } from '../../../node/http/answers/health-shapes.ts';
import type { StateAnswer } from '../../../node/http/answers/shapes.ts';

export const ORIGIN = 'https://edge.test';

export interface Subject {
  readonly id: string;
  fetch(path: string, init?: RequestInit): Promise<Response>;
  ask<Answer>(path: string): Promise<Answer>;
  state(): Promise<StateAnswer>;
  ready(): Promise<ReadyAnswer>;
  /** Moves the clock to the object's alarm and rings it; returns the time that passed, ms. */
  nextAlarm(): Promise<number>;
  /** Its memory ends, its storage stays. */
  evict(): Promise<void>;
  inStorage<Result>(work: (storage: ObjectStorage) => Result | Promise<Result>): Promise<Result>;
  kept(): Promise<Kept>;
}

export function subject(id: string): Subject {
  // Anew each time: a reset breaks what there was before it.
  const stub = () => env.NODES.getByName(id);
  const inStorage: Subject['inStorage'] = (work) =>
    runInDurableObject(stub(), (_, { storage }) => work(storage));
  const fetch: Subject['fetch'] = async (path, init) => {
    const answer = await exports.default.fetch(`${ORIGIN}/n/${id}${path}`, init);
    // Whole, for an answer that is still being read keeps its object awake.
    return new Response(await answer.text(), answer);
  };
  const ask = async <Answer>(path: string): Promise<Answer> =>
    (await (await fetch(path)).json()) as Answer;
  return {
    ...{ id, fetch, ask, inStorage },
    state: () => ask('/state'),
    ready: () => ask('/readyz'),
    async nextAlarm() {
      const at = await inStorage((storage) => storage.getAlarm());
      if (at === null) throw new Error(`${id} has no alarm`);
      const waitMs = Math.max(0, at - Date.now());
      passTime(waitMs);
      await runDurableObjectAlarm(stub());
      return waitMs;
    },
    evict: () => evictDurableObject(stub()),
    kept: () =>
      inStorage(({ kv }) => {
        const kept = kv.get<Kept>('node');
        if (kept === undefined) throw new Error(`${id} keeps nothing`);
        return kept;
      }),
  };
}

const realNow = Date.now;
let aheadMs = 0;

const DAY_MS = 86_400_000;

/** It is noon, so that no day ends in a test; time goes on, and jumps when a test says so. */
export function leadTime(): void {
  aheadMs = DAY_MS * 1.5 - (realNow() % DAY_MS);
  vi.spyOn(Date, 'now').mockImplementation(() => realNow() + aheadMs);
}

export function passTime(durationMs: number): void {
  aheadMs += durationMs;
}
