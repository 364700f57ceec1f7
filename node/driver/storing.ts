// The listener that stores: what is learned, what only this node measures, and membership changes.

import type { Sample, Store } from '../ports.ts';
import type { DriverEvent, Listener } from './events.ts';

export interface StoringOptions {
  readonly store: Pick<Store, 'recordSamples' | 'recordEvents'>;
  /** Of this node. */
  readonly id: string;
  /** Units of the metrics that are measured but not gossiped, by name. */
  readonly localUnits: ReadonlyMap<string, string>;
}

/** What the store cannot keep up with it drops and counts itself. */
export function createStoring({ store, id, localUnits }: StoringOptions): Listener {
  let version = 0;
  /** What is not gossiped goes to the store with a version of its own. */
  const recordOwn = (event: Extract<DriverEvent, { type: 'sampled' }>): void => {
    const own = event.readings.filter(({ metric }) => localUnits.has(metric));
    if (own.length === 0) return;
    version++;
    const { generation } = event;
    const sampledAtMs = Math.round(event.atMs);
    const toSample = ({ metric, value }: (typeof own)[number]): Sample => {
      const unit = localUnits.get(metric) ?? '';
      return { node: id, generation, metric, unit, version, value, sampledAtMs };
    };
    store.recordSamples(own.map(toSample));
  };
  return (event) => {
    switch (event.type) {
      case 'learned':
        return store.recordSamples(event.readings.map((reading) => learned(reading, event)));
      case 'sampled':
        return recordOwn(event);
      case 'member': {
        // A replaced member is alive under its new generation.
        const status = event.change === 'replaced' ? 'alive' : event.change;
        const { id: node, generation, address, atMs } = event;
        return store.recordEvents([{ node, generation, address, status, atMs }]);
      }
      case 'fact': {
        // The author said the same before.
        if (event.author !== undefined) return;
        const { id: node, generation, key, change, value = '', atMs } = event;
        return store.recordEvents([{ node, generation, key, change, value, atMs }]);
      }
    }
  };
}

/**
 * A node that stood still knows nothing of itself of that time: in its own store it was dead then,
 * so that history has a gap. Nobody else is told.
 */
export function recordStandstill(
  { store, id }: Pick<StoringOptions, 'store' | 'id'>,
  generation: number,
  { fromMs, untilMs }: { readonly fromMs: number; readonly untilMs: number },
): void {
  const self = { node: id, generation, address: '' };
  store.recordEvents([
    { ...self, status: 'dead', atMs: fromMs },
    { ...self, status: 'alive', atMs: untilMs },
  ]);
}

type Learned = Extract<DriverEvent, { type: 'learned' }>;

const learned = (
  { id, generation, definition, version, value, sampledAt }: Learned['readings'][number],
  { wallOffsetMs }: Learned,
): Sample => ({
  node: id,
  generation,
  metric: definition.name,
  unit: definition.unit,
  version,
  value,
  sampledAtMs: Math.round(sampledAt + wallOffsetMs),
});
