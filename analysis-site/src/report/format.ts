// How the pages write estimates, times and machines; numbers are written as the figures do.

import { number } from '../charts/drawing/format.ts';
import type { Estimate } from './estimate.ts';

/** What was not measured has a dash. */
export const numberText = (value: number | null): string =>
  value === null || !Number.isFinite(value) ? '–' : number(value);

/** `12.3 ± 0.4`; one run alone has no interval. */
export function estimateText({ mean, half }: Estimate): string {
  return half === null ? numberText(mean) : `${numberText(mean)} ± ${numberText(half)}`;
}

/** What a mean hides: how many runs, and how many of them never got there. */
export function countText({ n, missing }: Estimate): string {
  return missing === 0 ? `n = ${n}` : `n = ${n}, never in ${missing}`;
}

/** Of a measure: numbers are priorities, and the rest says itself what it is. */
export const labelText = (label: string): string =>
  /^\d+$/.test(label) ? `priority ${label}` : label;

export function durationText(ms: number | null): string {
  if (ms === null || !Number.isFinite(ms)) return '–';
  if (ms < 1_000) return `${number(ms)} ms`;
  if (ms < 120_000) return `${number(ms / 1_000)} s`;
  if (ms < 7_200_000) return `${number(ms / 60_000)} min`;
  return `${number(ms / 3_600_000)} h`;
}

/** UTC, for a page is read anywhere. */
export function timeText(wallMs: number | null): string {
  if (wallMs === null) return '–';
  return `${new Date(wallMs).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

const GIB = 1_073_741_824;
export const memoryText = (bytes: number): string => `${number(bytes / GIB)} GiB`;
