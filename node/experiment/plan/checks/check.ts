// A check of a plan: what it is told, and what it finds.

import type { Problem } from '../../../config/problem.ts';
import type { Plan } from '../plan.ts';

/** What a check is told: the plan, and how to speak of the settings it came from. */
export interface Given {
  readonly plan: Plan;
  /** Whether somebody wrote it. */
  readonly isWritten: (setting: string) => boolean;
  /** `value`: the one of several that is wrong, or the default that holds. */
  readonly refuse: (setting: string, value: unknown, rule: string) => Problem;
  /** `setting is value (file line 3)`, for the other side of a combination. */
  readonly cite: (setting: string, value: unknown) => string;
}

export type Check = (given: Given) => readonly Problem[];
