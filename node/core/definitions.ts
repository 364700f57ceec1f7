// Definitions of metrics are named by their content, so that a thousand nodes with the same
// metrics send each definition once.

import { definitionArray } from './encode.ts';
import { hashText } from './hash.ts';
import type { MetricDefinition } from './model.ts';
import type { MemberRecord } from './source.ts';
import type { State } from './state.ts';

/** Definitions a view holds at most: far above what one fleet has, far below what hurts. */
const MAX_DEFINITIONS = 16_384;

export const definitionKey = (definition: MetricDefinition): number =>
  hashText(JSON.stringify(definitionArray(definition)));

/** Returns the keys that were new. */
export function learnDefinitions(
  state: State,
  definitions: readonly MetricDefinition[],
): Set<number> {
  const learned = new Set<number>();
  for (const definition of definitions) {
    const key = definitionKey(definition);
    if (state.definitions.has(key)) continue;
    if (state.definitions.size >= MAX_DEFINITIONS) {
      state.counters.definitionsRefused++;
      continue;
    }
    state.definitions.set(key, definition);
    state.unknownDefinitions.delete(key);
    learned.add(key);
  }
  return learned;
}

/** Notes which of a record's definitions nobody has explained yet. */
export function noteUnknownDefinitions(state: State, record: MemberRecord): void {
  for (const { definitionKey: key } of record.metrics) {
    if (!state.definitions.has(key) && state.unknownDefinitions.size < MAX_DEFINITIONS) {
      state.unknownDefinitions.add(key);
    }
  }
}
