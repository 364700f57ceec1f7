// What no single setting shows: combinations that cannot be run, and settings that the mode of the
// experiment does not use.

import { broken, type Problem, shown } from '../../config/problem.ts';
import { type Layer, originOf, valueAt } from '../../config/sources/layer.ts';
import type { Check, Given } from './checks/check.ts';
import { checkFaults } from './checks/faults.ts';
import { checkMode } from './checks/mode.ts';
import { checkProtocol } from './checks/protocol.ts';
import { checkSizes } from './checks/sizes.ts';
import type { Plan } from './plan.ts';

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
