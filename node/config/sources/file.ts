// Reads a configuration file; what it says is formats.ts, and everything after that load.ts.

import { createReadStream } from 'node:fs';
import {
  type ConfigFile,
  type ConfigSources,
  type LoadedConfig,
  loadConfig,
  MAX_FILE_CHARACTERS,
} from '../load.ts';
import { ConfigError } from '../problem.ts';
import { CONFIG_VARIABLE, type Environment } from './environment.ts';

export interface ReadOptions extends Omit<ConfigSources, 'file'> {
  /** Absent: the file that PRIOMON_CONFIG names, if any. */
  readonly path?: string | undefined;
  readonly environment: Environment;
}

/** Rejects with a ConfigError when the file cannot be read or says something wrong. */
export async function readConfig(options: ReadOptions): Promise<LoadedConfig> {
  const { path: given, ...sources } = options;
  const path = given ?? (sources.environment[CONFIG_VARIABLE] || undefined);
  if (path === undefined) return loadConfig(sources);
  const file = await readConfigFile(path);
  const { readFileText } = await import('./formats.ts');
  return loadConfig({ ...sources, file: readFileText(file) });
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file; check the path',
  EACCES: 'this user may not read it; change its permissions',
  EISDIR: 'it is a folder; name a file in it',
};

/** Rejects with a ConfigError of one sentence. */
export async function readConfigFile(path: string): Promise<ConfigFile> {
  try {
    return { name: path, text: await readBounded(path, MAX_FILE_CHARACTERS * 4, REASONS) };
  } catch (error) {
    const { message, cause } = error as Error;
    const sentence = `The configuration file ${path} cannot be read: ${message}.`;
    throw new ConfigError([{ setting: '', where: path, message: sentence }], { cause });
  }
}

/**
 * The text of a file that a setting names, and never more of it than such a file can have: the path
 * may be that of a device without an end. Rejects with the reason of the system's code, or with its
 * own words; `cause` is the system's error.
 */
export async function readBounded(
  path: string,
  maxBytes: number,
  reasons: Readonly<Record<string, string>>,
): Promise<string> {
  try {
    const chunks: Buffer[] = [];
    for await (const chunk of createReadStream(path, { end: maxBytes - 1 })) chunks.push(chunk);
    return Buffer.concat(chunks).toString('utf8');
  } catch (cause) {
    const { code = '', message } = cause as NodeJS.ErrnoException;
    throw new Error(reasons[code] ?? message, { cause });
  }
}
