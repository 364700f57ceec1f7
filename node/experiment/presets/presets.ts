// Experiments that come with PrioMon, by name.

import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { hint } from '../../config/nearest.ts';
import { ConfigError, readable } from '../../config/problem.ts';

export interface Preset {
  /** Its file's name without the ending. */
  readonly name: string;
  /** From where the command runs, as messages show it. */
  readonly path: string;
}

const FOLDER = fileURLToPath(new URL('.', import.meta.url));
const ENDING = /\.(yaml|ini)$/;

/** By name. */
export async function listPresets(): Promise<Preset[]> {
  const files = (await readdir(FOLDER)).filter((file) => ENDING.test(file)).sort();
  return files.map((file) => ({
    name: file.replace(ENDING, ''),
    path: relative('', `${FOLDER}${file}`),
  }));
}

/**
 * The path of an experiment's file: what looks like a path, or is one, and else a preset.
 * Rejects with a ConfigError for a word that is neither.
 */
export async function findExperiment(nameOrPath: string): Promise<string> {
  if (/[./\\]/.test(nameOrPath)) return nameOrPath;
  const presets = await listPresets();
  const preset = presets.find(({ name }) => name === nameOrPath);
  if (preset !== undefined) return preset.path;
  if (existsSync(nameOrPath)) return nameOrPath;
  const names = presets.map(({ name }) => name);
  const message = `There is no preset and no file called ${nameOrPath}${hint(nameOrPath, names)}`;
  throw new ConfigError([readable({ setting: '', where: nameOrPath, message })]);
}
