// From an experiment's file and command line to its plan: YAML and PrioMon's INI, one schema, one
// set of checks, all problems told at once.

import { dirname, isAbsolute, join } from 'node:path';
import * as v from 'valibot';
import { stringify } from 'yaml';
import type { ConfigFile } from '../../config/load.ts';
import { broken, ConfigError, type Problem, readable } from '../../config/problem.ts';
import type { FlagValues } from '../../config/sources/environment.ts';
import { readConfigFile } from '../../config/sources/file.ts';
import { readFileText } from '../../config/sources/formats.ts';
import { type Layer, mergeLayers, originOf, valueAt } from '../../config/sources/layer.ts';
import { findExperiment } from '../presets/presets.ts';
import { checkPlan } from './checks.ts';
import { fromIni, type IniExperiment } from './ini.ts';
import type { Plan } from './plan.ts';
import { ExperimentSchema } from './schema.ts';
import { keepKnown, layerOfFlags } from './settings.ts';
import { toPlan } from './to-plan.ts';

export interface LoadedExperiment {
  readonly plan: Plan;
  /** The file's own text, and what a command line said beside it. */
  readonly source: string;
  /** Sentences for the user that are no problems; commands print them once. */
  readonly notes: readonly string[];
  /** The results database that an INI names. */
  readonly databaseFile?: string;
}

/** `nameOrPath`: a preset's name, or a file. Rejects with a ConfigError. */
export async function readExperimentFile(
  nameOrPath: string,
  flags: FlagValues = {},
): Promise<LoadedExperiment> {
  return loadExperiment(await readConfigFile(await findExperiment(nameOrPath)), flags);
}

/**
 * Flags, by setting name such as `failure.rate`, win over the file; without a file they and the
 * defaults are the experiment. Throws a ConfigError with every problem there is.
 */
export function loadExperiment(
  file: ConfigFile | undefined,
  flags: FlagValues = {},
): LoadedExperiment {
  const reading = file === undefined ? NOTHING : readLayer(file);
  const known = keepKnown(reading.layer);
  const fromFlags = layerOfFlags(flags);
  const layer = mergeLayers([known.layer, fromFlags]);
  const problems = [...reading.problems, ...known.problems];
  const result = v.safeParse(ExperimentSchema, layer.values);
  if (!result.success) {
    problems.push(...result.issues.map((issue) => problemOf(issue, layer)));
    throw new ConfigError(problems.map(readable));
  }
  const plan = toPlan(result.output, { name: nameOf(file), resolve: resolverOf(file) });
  const checked = checkPlan(plan, layer);
  problems.push(...checked.problems);
  if (problems.length > 0) throw new ConfigError(problems.map(readable));
  const notes = reading.notes.flatMap(({ setting, text }) =>
    setting !== '' && setting in flags ? [] : [text],
  );
  const { databaseFile } = reading;
  return {
    plan,
    source: sourceOf(file, fromFlags),
    notes: [...notes, ...checked.notes],
    ...(databaseFile !== undefined && { databaseFile }),
  };
}

const NOTHING: IniExperiment = {
  layer: { values: {}, origins: new Map() },
  problems: [],
  notes: [],
};

function readLayer(file: ConfigFile): IniExperiment {
  const reading = readFileText(file);
  if (reading.experiment !== undefined) return fromIni(file.name, reading);
  return { layer: reading.layer, problems: reading.problems, notes: [] };
}

function problemOf(issue: v.BaseIssue<unknown>, { values, origins }: Layer): Problem {
  const path = (issue.path ?? []).map(({ key }) => String(key));
  const where = originOf(origins, path);
  return broken(path.join('.'), { value: valueAt(values, path), where }, issue.message);
}

const NAME_LENGTH = 64;

/** What an experiment is called whose file gives it no name. */
function nameOf(file: ConfigFile | undefined): string {
  const base = file?.name.split(/[\\/]/).at(-1) ?? '';
  return base.replace(/\.\w+$/, '').slice(0, NAME_LENGTH) || 'experiment';
}

/** Files that a file names lie beside it. */
function resolverOf(file: ConfigFile | undefined): (source: string) => string {
  const folder = dirname(file?.name ?? '');
  return (source) => (isAbsolute(source) || URL.canParse(source) ? source : join(folder, source));
}

/** Results say what they came from, flags too; `#` opens a comment in YAML and INI alike. */
function sourceOf(file: ConfigFile | undefined, { values }: Layer): string {
  const changes = Object.keys(values).length === 0 ? '' : stringify(values);
  if (file === undefined || changes === '') return file?.text ?? changes;
  const lines = changes.trimEnd().split('\n');
  return `${file.text.trimEnd()}\n\n# Changed on the command line:\n# ${lines.join('\n# ')}\n`;
}
