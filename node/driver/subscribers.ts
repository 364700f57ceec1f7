// Hands each event to all listeners, and never waits for one of them: a slow one is skipped ahead,
// one that throws is dropped, and both are counted.

import { OperatingError } from '../errors.ts';
import type { Clock } from '../ports.ts';
import type { DriverEvent, Listener } from './events.ts';

/** Since the node started. */
export interface ListenerCounts {
  readonly subscribed: number;
  /** Called no more, because they threw. */
  readonly dropped: number;
  /** Events that slow listeners never saw. */
  readonly skippedEvents: number;
}

export interface Subscribers {
  /** `name` tells which listener failed. The returned function ends the subscription. */
  subscribe(listener: Listener, name?: string): () => void;
  tell(event: Exclude<DriverEvent, { type: 'skipped' }>): void;
  counts(): ListenerCounts;
  /** Hands over what waits, whatever rest is due, and ends all subscriptions. */
  close(): void;
}

export interface SubscriberOptions {
  readonly clock: Pick<Clock, 'monotonicMs' | 'after'>;
  /** A listener was dropped, and why. */
  readonly onDropped: (name: string, error: unknown) => void;
}

/** More are a fault: one listener shares its events among its own readers. */
const MAX_LISTENERS = 64;
/** What one slow listener may have waiting, in readings: some 2 MB. */
const MAX_WAITING = 16_384;
/** A listener that held the event loop for longer gets a rest. */
const SLOW_MS = 20;
/** The rest is so many times what the listener took: it takes a tenth of the time at most. */
const REST = 9;

interface Subscription {
  readonly name: string;
  readonly listener: Listener;
  readonly waiting: DriverEvent[];
  /** Of `waiting`, in readings. */
  weight: number;
  /** Left out since the listener was last called. */
  skipped: number;
  state: 'idle' | 'called' | 'resting' | 'ended';
}

export function createSubscribers({ clock, onDropped }: SubscriberOptions): Subscribers {
  const all = new Set<Subscription>();
  let dropped = 0;
  let skippedEvents = 0;

  const drop = (subscription: Subscription, error: unknown): void => {
    if (subscription.state === 'ended') return;
    end(subscription);
    dropped++;
    onDropped(subscription.name, error);
  };
  const end = (subscription: Subscription): void => {
    subscription.state = 'ended';
    subscription.waiting.length = 0;
    all.delete(subscription);
  };
  const goOn = (subscription: Subscription): void => {
    if (subscription.state === 'ended') return;
    subscription.state = 'idle';
    handOver(subscription);
  };
  const call = (subscription: Subscription, event: DriverEvent): void => {
    const startedAt = clock.monotonicMs();
    subscription.state = 'called';
    try {
      const pending = subscription.listener(event);
      if (pending !== undefined) {
        pending.then(
          () => goOn(subscription),
          (error: unknown) => drop(subscription, error),
        );
        return;
      }
    } catch (error) {
      return drop(subscription, error);
    }
    const tookMs = clock.monotonicMs() - startedAt;
    if (isEnded(subscription)) return;
    subscription.state = tookMs > SLOW_MS ? 'resting' : 'idle';
    if (tookMs > SLOW_MS) clock.after(tookMs * REST, () => goOn(subscription));
  };
  const handOver = (subscription: Subscription): void => {
    while (subscription.state === 'idle') {
      const event = next(subscription);
      if (event === undefined) return;
      call(subscription, event);
    }
  };
  return {
    subscribe(listener, name = 'without a name') {
      if (all.size >= MAX_LISTENERS) {
        const fix = 'end others first, or let one pass its events on';
        throw new OperatingError(
          'too_many_listeners',
          `${MAX_LISTENERS} listeners receive this node's events already; ${fix}.`,
        );
      }
      const state = { weight: 0, skipped: 0, state: 'idle' } as const;
      const subscription: Subscription = { name, listener, waiting: [], ...state };
      all.add(subscription);
      return () => end(subscription);
    },
    tell(event) {
      for (const subscription of all) {
        skippedEvents += add(subscription, event);
        handOver(subscription);
      }
    },
    counts: () => ({ subscribed: all.size, dropped, skippedEvents }),
    close() {
      for (const subscription of all) {
        while (subscription.state !== 'called' && subscription.waiting.length > 0) {
          goOn(subscription);
        }
        end(subscription);
      }
    },
  };
}

/** The listener itself may have ended its subscription. */
const isEnded = ({ state }: Subscription): boolean => state === 'ended';

/** The newest stay; returns how many events were left out. */
function add(subscription: Subscription, event: DriverEvent): number {
  const { waiting } = subscription;
  waiting.push(event);
  subscription.weight += weightOf(event);
  let skipped = 0;
  while (subscription.weight > MAX_WAITING && waiting.length > 1) {
    subscription.weight -= weightOf(waiting.shift());
    skipped++;
  }
  subscription.skipped += skipped;
  return skipped;
}

/** First of all, how much is missing: a listener that keeps a state has to read it anew. */
function next(subscription: Subscription): DriverEvent | undefined {
  const { skipped, waiting } = subscription;
  if (skipped > 0) {
    subscription.skipped = 0;
    return { type: 'skipped', events: skipped };
  }
  const event = waiting.shift();
  if (event !== undefined) subscription.weight -= weightOf(event);
  return event;
}

const weightOf = (event: DriverEvent | undefined): number =>
  event !== undefined && 'readings' in event ? 1 + event.readings.length : 1;
