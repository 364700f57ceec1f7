// The view as JSON text, piece by piece. What is known of a metric's text is kept: most metrics
// stand still from one answer to the next, and to make thousands of objects anew for each reader
// is what costs a node the longest pauses, those of the garbage collector.

import type { ClusterView, MetricDefinition, MetricReading } from '../../core/model.ts';
import type { Heading } from '../answers/shapes.ts';
import type { Families } from './families.ts';
import type { Selected } from './selection.ts';
import { ageMsOf, commonJson, isStale, lastingJson, type Now } from './view-json.ts';

/** Of one metric, up to where its age follows. */
interface Kept {
  readonly reading: MetricReading;
  /** As the answer tells the metric's family. */
  readonly shared: MetricDefinition;
  readonly text: string;
}

/** Some 300 bytes each; what exceeds them is made anew each time. */
const MAX_KEPT = 8_192;
/** So that members that have gone, or came only for one answer, hold no place for ever. */
const KEEP_MS = 60_000;
/** Wall clocks are read in whole ms, and so differ from the monotonic one by one now and then. */
const SHIFT_MS = 2;

export interface MetricTexts {
  /** `"name":{…}` for each metric, with commas. */
  of({ member, metrics }: Selected, families: Families, now: Now): string;
}

export function createMetricTexts(): MetricTexts {
  // Of each node in the order in which its metrics were asked for last.
  const byNode = new Map<string, Kept[]>();
  let count = 0;
  let keptAt: Now = { wallMs: 0, monotonicMs: Number.NEGATIVE_INFINITY };

  const forgetOld = (now: Now): void => {
    const passedMs = now.monotonicMs - keptAt.monotonicMs;
    const shiftMs = Math.abs(now.wallMs - keptAt.wallMs - passedMs);
    if (passedMs < KEEP_MS && shiftMs < SHIFT_MS) return;
    byNode.clear();
    count = 0;
    keptAt = now;
  };
  const keptOf = (node: string, places: number): Kept[] | undefined => {
    const held = byNode.get(node);
    if (held !== undefined || count + places > MAX_KEPT) return held;
    const made: Kept[] = [];
    byNode.set(node, made);
    count += places;
    return made;
  };
  return {
    of({ member, metrics }, families, now) {
      forgetOld(now);
      const kept = keptOf(member.id, metrics.length);
      let texts = '';
      for (const [i, reading] of metrics.entries()) {
        const held = kept?.[i];
        const shared = families.of(reading.definition);
        const isHeld = held?.shared === shared && isSame(held.reading, reading);
        const text = isHeld ? held.text : textOf(reading, shared, now);
        if (!isHeld && kept !== undefined) kept[i] = { reading, shared, text };
        texts += `${i === 0 ? '' : ','}${text}${agesOf(reading, now)}`;
      }
      return texts;
    },
  };
}

/** What stays as it is until the metric is told or sampled anew. */
const textOf = (reading: MetricReading, shared: MetricDefinition, now: Now): string =>
  `${JSON.stringify(reading.definition.name)}:${open(lastingJson(reading, shared, now))}`;

/** What passes with time alone, and the end. */
function agesOf(reading: MetricReading, now: Now): string {
  const stale = isStale(reading, now.monotonicMs) ? ',"stale":true' : '';
  return `,"ageMs":${ageMsOf(reading.sampledAt, now)}${stale}}`;
}

const isSame = (a: MetricReading, b: MetricReading): boolean =>
  a.definition === b.definition &&
  a.version === b.version &&
  a.value === b.value &&
  a.sampledAt === b.sampledAt &&
  a.toldAt === b.toldAt &&
  a.previousGeneration === b.previousGeneration;

/** An object's text without its closing brace. */
export const open = (value: object): string => JSON.stringify(value).slice(0, -1);
const inner = (value: object): string => JSON.stringify(value).slice(1, -1);

/** `"id":{…}` as `/state` has it. */
export const nodeText = (
  selected: Selected,
  texts: MetricTexts,
  families: Families,
  view: ClusterView,
  now: Now,
): string =>
  `${JSON.stringify(selected.member.id)}:${open(commonJson(selected.member, view, now))},` +
  `"metrics":{${texts.of(selected, families, now)}}}`;

/** The end of an answer that began with `open`: where it goes on, and what was unknown. */
export const closing = (rest: object): string => {
  const text = inner(rest);
  return text === '' ? '}' : `,${text}}`;
};

/** The beginning of an answer, up to its first list. */
export const opening = (heading: Heading & object): string => open(heading);
