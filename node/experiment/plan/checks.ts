// What no single setting shows: combinations that cannot be run, and settings that the mode of the
// experiment does not use.

import { type Layer, originOf, valueAt } from '../../config/layer.ts';
import { broken, type Problem, shown } from '../../config/problem.ts';
import { checkFaults } from './checks/faults.ts';
import { checkMode } from './checks/mode.ts';
import { checkProtocol } from './checks/protocol.ts';
import { checkSizes } from './checks/sizes.ts';
import type { Plan } from './plan.ts';

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

const CHECKS: readonly Check[] = [checkMode, checkSizes, checkFaults, checkProtocol];

export function checkPlan(plan: Plan, layer: Layer): { problems: Problem[]; notes: string[] } {
  const isWritten = (setting: string): boolean =>
    valueAt(layer.values, setting.split('.')) !== undefined;
  // A default inside a group was not written where the group was.
  const placeOf = (setting: string): string =>
    isWritten(setting) ? originOf(layer.origins, setting.split('.')) : 'default';
  const given: Given = {
    ...{ plan, isWritten },
    refuse: (setting, value, rule) => broken(setting, { value, where: placeOf(setting) }, rule),
    cite: (setting, value) => `${setting} is ${shown(value)} (${placeOf(setting)})`,
  };
  const unused = 'has no effect in mode simulate, which starts no real nodes.';
  const notes = unusedSettings(given).map((name) => `${name} (${placeOf(name)}) ${unused}`);
  return { problems: CHECKS.flatMap((check) => check(given)), notes };
}

/** Files may hold them all the same: a flag changes the mode of any file. */
function unusedSettings({ plan, isWritten }: Given): string[] {
  if (plan.mode !== 'simulate') return [];
  const unused = ['base_port', 'log_level', ...(plan.storesSamples ? ['store_samples'] : [])];
  return unused.filter(isWritten);
}
