// Short words for tests of experiment files.

import { ConfigError } from '../../../node/config/problem.ts';
import type { FlagValues } from '../../../node/config/sources/environment.ts';
import { type LoadedExperiment, loadExperiment } from '../../../node/experiment/plan/load.ts';
import type { Plan } from '../../../node/experiment/plan/plan.ts';

export const loadText = (text: string, name = 'a.yaml', flags: FlagValues = {}): LoadedExperiment =>
  loadExperiment({ name, text }, flags);

export const planOf = (text: string, flags: FlagValues = {}): Plan =>
  loadText(text, 'a.yaml', flags).plan;

/** The sentences of the ConfigError that it throws; none when it throws nothing. */
export function refusals(load: () => unknown): string[] {
  try {
    load();
  } catch (error) {
    if (error instanceof ConfigError) return error.problems.map(({ message }) => message);
    throw error;
  }
  return [];
}

export const refusalsOf = (text: string, name = 'a.yaml', flags: FlagValues = {}): string[] =>
  refusals(() => loadText(text, name, flags));
