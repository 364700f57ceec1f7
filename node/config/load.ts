// From texts to a node's configuration: flags win over variables, those over the file, that over
// the defaults. Pure; reading the file itself is sources/file.ts.

import * as v from 'valibot';
import { isLoopback } from './addresses.ts';
import { settingNamed } from './catalogue.ts';
import type { ExperimentSettings } from './experiment.ts';
import { doubtfulMetrics, refuseUnknown } from './names.ts';
import { hint } from './nearest.ts';
import { broken, ConfigError, type Problem, readable } from './problem.ts';
import { type NodeConfig, NodeConfigSchema } from './schema.ts';
import {
  type Environment,
  type FlagValues,
  readEnvironment,
  readFlags,
} from './sources/environment.ts';
import type { FileReading } from './sources/ini.ts';
import { type Layer, mergeLayers, originOf, valueAt } from './sources/layer.ts';

/** A configuration file's name, as messages show it, and its text. */
export interface ConfigFile {
  readonly name: string;
  readonly text: string;
}

export interface ConfigSources {
  /** Read as the format that it has, by `readFileText`. */
  readonly file?: FileReading;
  readonly environment?: Environment;
  readonly flags?: FlagValues;
  /** What holds in a command in the place of a setting's own default. */
  readonly defaults?: FlagValues;
  /** Names of the probes there are; when given, `disabled` may name no other. */
  readonly probes?: readonly string[];
}

export interface LoadedConfig {
  readonly config: NodeConfig;
  /** Sentences for the user that are no problems; commands print them once. */
  readonly notes: readonly string[];
  /** What a PrioMon INI says about experiments. */
  readonly experiment: ExperimentSettings;
}

export type ConfigResult =
  | ({ readonly isOk: true } & LoadedConfig)
  | { readonly isOk: false; readonly problems: readonly Problem[] };

/** Far above any real file; bounds what a wrong path can cost. */
export const MAX_FILE_CHARACTERS = 131_072;

/** Throws a ConfigError with every problem there is. */
export function loadConfig(sources: ConfigSources): LoadedConfig {
  const result = resolveConfig(sources);
  if (!result.isOk) throw new ConfigError(result.problems);
  return result;
}

export function resolveConfig(sources: ConfigSources): ConfigResult {
  const file = sources.file ?? NO_FILE;
  const environment = readEnvironment(sources.environment ?? {});
  const flags = readFlags(sources.flags ?? {});
  // No user wrote these, and so they have no place to be named.
  const defaults = { values: readFlags(sources.defaults ?? {}).layer.values, origins: new Map() };
  const merged = mergeLayers([defaults, file.layer, environment.layer, flags.layer]);
  const known = refuseUnknown(merged);
  const result = v.safeParse(NodeConfigSchema, known.layer.values);
  const problems = [
    ...[...file.problems, ...environment.problems, ...flags.problems, ...known.problems],
    ...(result.issues ?? []).map((issue) => problemOf(issue, known.layer)),
    ...unknownProbes(result.success ? result.output.disabled : [], sources.probes, merged),
  ];
  if (!result.success || problems.length > 0)
    return { isOk: false, problems: problems.map(readable) };
  const config = result.output;
  const notes = [...file.notes, ...doubtfulMetrics(Object.keys(config.metrics)), ...warn(config)];
  return { isOk: true, config, notes, experiment: file.experiment ?? {} };
}

export const NO_FILE: FileReading = {
  layer: { values: {}, origins: new Map() },
  problems: [],
  notes: [],
};

function problemOf(issue: v.BaseIssue<unknown>, { values, origins }: Layer): Problem {
  const path = (issue.path ?? []).map(({ key }) => String(key));
  const name = path.join('.');
  const where = originOf(origins, path);
  const isSecret = settingNamed(name)?.isSecret === true;
  const value = valueAt(values, path);
  // Only what was written breaks a rule of its own; a default breaks one beside another setting.
  return broken(name, { value, where: where === '' ? 'default' : where, isSecret }, issue.message);
}

function unknownProbes(
  disabled: readonly string[],
  probes: readonly string[] | undefined,
  { origins }: Layer,
): Problem[] {
  if (!probes) return [];
  const where = originOf(origins, ['disabled']);
  return disabled
    .filter((name) => !probes.includes(name))
    .map((name) => {
      const message = `disabled names ${name} (${where}), which is no probe${hint(name, probes)}`;
      return { setting: 'disabled', where, message };
    });
}

function warn({ listen, advertise = '', security }: NodeConfig): string[] {
  const notes: string[] = [];
  if (security.tls.cert !== undefined && advertise.startsWith('http:')) {
    notes.push(
      `advertise is ${advertise}, but with tls.cert this node speaks https alone: write ` +
        'https://, unless a proxy answers there.',
    );
  }
  const isSigned = security.secrets.length > 0 || security.secretFile !== undefined;
  if (isSigned || isLoopback(listen)) return notes;
  return [
    ...notes,
    `listen is ${listen} with allow_open and no secret: exchanges are not signed, so every ` +
      'host that reaches this node can read and write its state; keep it inside a trusted network.',
  ];
}
