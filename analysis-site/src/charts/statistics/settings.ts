// The settings that figures have along x: nodes and shares of misfortune, with their words.

import { counted, quantity } from '../drawing/format.ts';

export type Setting = 'nodes' | 'loss' | 'failureRate';

interface SettingWords {
  /** As rows name it, with its unit. */
  readonly name: string;
  readonly title: string;
  readonly unit: string;
  /** From the unit of runs to that of figures. */
  readonly times: number;
}

export const SETTINGS: Readonly<Record<Setting, SettingWords>> = {
  nodes: { name: 'nodes', title: 'nodes', unit: '', times: 1 },
  loss: { name: 'messages lost, %', title: 'messages lost', unit: '%', times: 100 },
  failureRate: { name: 'nodes down, %', title: 'nodes down', unit: '%', times: 100 },
};

const LIST: readonly Setting[] = ['nodes', 'loss', 'failureRate'];

/** The one that rows of this name are about. */
export const settingNamed = (name: string | undefined): Setting =>
  LIST.find((setting) => SETTINGS[setting].name === name) ?? 'nodes';

/** `at 20 nodes`, `with 30 % down`. */
export function settingWords(setting: Setting, x: number): string {
  if (setting === 'nodes') return `at ${counted(x, 'node')}`;
  return setting === 'loss' ? `at a loss of ${quantity(x, '%')}` : `with ${quantity(x, '%')} down`;
}
