// The values inside a record of the original's kind, and the versions that it does not have.

import { definitionKey } from '../../core/data/definitions.ts';
import { fromSteps, toSteps } from '../../core/data/publishing/publishing-rule.ts';
import { LABELS_INDEX } from '../../core/data/source.ts';
import type { MetricDefinition } from '../../core/model.ts';
import type { WireEntry } from '../../core/wire/messages.ts';

export interface EntryTexts {
  /** As long as the SHA-256 that the original puts here, or longer where more is inside. */
  readonly digest: string;
  readonly appState: Readonly<Record<string, string>>;
  readonly metric_sent_flags: Readonly<Record<string, boolean>>;
}

const SHA256_CHARACTERS = 64;

/** `inside` comes back from `entriesOf` as it was. */
export function textsOf(
  entries: readonly WireEntry[],
  metrics: readonly MetricDefinition[],
  inside: string,
): EntryTexts {
  const appState: Record<string, string> = {};
  const flags: Record<string, boolean> = Object.fromEntries(
    metrics.map(({ name }) => [name, false]),
  );
  for (const { index, value } of entries) {
    const metric = metrics[index - 1];
    if (metric === undefined || typeof value !== 'number') continue;
    appState[metric.name] = String(fromSteps(metric, value));
    flags[metric.name] = true;
  }
  return {
    digest: [inside, ...marksOf(entries)].join(';').padEnd(SHA256_CHARACTERS, ' '),
    appState,
    metric_sent_flags: flags,
  };
}

export function entriesOf(
  { digest, appState }: EntryTexts,
  metrics: readonly MetricDefinition[],
): { readonly inside: string; readonly entries: WireEntry[] } {
  const [inside = '', ...marks] = digest.trimEnd().split(';');
  const entries = marks.flatMap((mark) => {
    const [first = 0, version = 0, ageMs = 0, further = 0] = mark.split('.').map(Number);
    return Array.from({ length: 1 + further }, (_, i): WireEntry => {
      const index = first - i;
      return { index, version: version + i, ageMs, value: valueAt(index, appState, metrics) };
    });
  });
  return { inside, entries };
}

/**
 * Index, version and age of each entry. Labels and cards are told at one moment, and the original
 * has none: one mark stands for all, with how many follow.
 */
function marksOf(entries: readonly WireEntry[]): string[] {
  const marks: number[][] = [];
  for (const { index, version, ageMs } of entries) {
    const age = Math.round(ageMs);
    const last = marks.at(-1);
    const [first = 0, from = 0, lastAge = 0, further = 0] = last ?? [];
    const isNext = index === first - further - 1 && version === from + further + 1;
    if (last !== undefined && isNext && age === lastAge) last[3] = further + 1;
    else marks.push([index, version, age]);
  }
  return marks.map((mark) => mark.join('.'));
}

function valueAt(
  index: number,
  appState: EntryTexts['appState'],
  metrics: readonly MetricDefinition[],
): WireEntry['value'] {
  if (index === LABELS_INDEX) return { labels: {} };
  const metric = metrics[Math.abs(index) - 1];
  if (index < LABELS_INDEX && metric !== undefined) {
    return { definitionKey: definitionKey(metric), priority: metric.priority, labelValues: [] };
  }
  return metric === undefined ? 0 : toSteps(metric, Number(appState[metric.name]));
}
