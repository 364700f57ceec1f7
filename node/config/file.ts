// Reads a configuration file; everything after that is load.ts.

import { createReadStream } from 'node:fs';
import { CONFIG_VARIABLE, type Environment } from './environment.ts';
import {
  type ConfigFile,
  type ConfigSources,
  type LoadedConfig,
  loadConfig,
  MAX_FILE_CHARACTERS,
} from './load.ts';
import { ConfigError } from './problem.ts';

export interface ReadOptions extends Omit<ConfigSources, 'file'> {
  /** Absent: the file that PRIOMON_CONFIG names, if any. */
  readonly path?: string | undefined;
  readonly environment: Environment;
}

/** Rejects with a ConfigError when the file cannot be read or says something wrong. */
export async function readConfig(options: ReadOptions): Promise<LoadedConfig> {
  const { path: given, ...sources } = options;
  const path = given ?? (sources.environment[CONFIG_VARIABLE] || undefined);
  return loadConfig({
    ...sources,
    ...(path !== undefined && { file: await readConfigFile(path) }),
  });
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file; check the path',
  EACCES: 'this user may not read it; change its permissions',
  EISDIR: 'it is a folder; name a file in it',
};

/** Rejects with a ConfigError of one sentence. */
export async function readConfigFile(path: string): Promise<ConfigFile> {
  try {
    // A bounded read, for the path may be that of a device without an end.
    const chunks: Buffer[] = [];
    for await (const chunk of createReadStream(path, { end: MAX_FILE_CHARACTERS * 4 }))
      chunks.push(chunk);
    return { name: path, text: Buffer.concat(chunks).toString('utf8') };
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException;
    const reason = REASONS[code] ?? message;
    const sentence = `The configuration file ${path} cannot be read: ${reason}.`;
    throw new ConfigError([{ setting: '', where: path, message: sentence }], { cause: error });
  }
}
