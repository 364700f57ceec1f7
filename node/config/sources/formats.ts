// A configuration file in any of its formats: YAML, INI, or the YAML of RAINBOW. It is loaded only
// where there is a file, for the parser of YAML takes 4 MB in every process.

import { type ConfigFile, MAX_FILE_CHARACTERS, NO_FILE } from '../load.ts';
import { type FileReading, readIni } from './ini.ts';
import { isRainbow, readRainbow } from './rainbow.ts';
import { readYaml } from './yaml.ts';

/** A file of whichever kind, by its name or else its content. */
export function readFileText({ name, text: written }: ConfigFile): FileReading {
  const text = written.replace(/^\uFEFF/, '');
  if (text.length > MAX_FILE_CHARACTERS) {
    const limit = `a configuration has ${MAX_FILE_CHARACTERS} at most`;
    const message = `${name} has ${text.length} characters; ${limit}.`;
    return { ...NO_FILE, problems: [{ setting: '', where: name, message }] };
  }
  if (isIni(name, text)) return readIni(name, text);
  const yaml = readYaml(name, text);
  // RAINBOW's own example has a tab in its margin, so such files get a second, lenient reading.
  const lenient = yaml.problems.length > 0 ? readYaml(name, text, { tabWidth: 4 }) : yaml;
  if (lenient.problems.length === 0 && isRainbow(lenient.layer.values))
    return readRainbow(name, lenient.layer);
  return { ...yaml, notes: [] };
}

/** By the name's ending; by the first line that says something when the ending is none we know. */
function isIni(name: string, text: string): boolean {
  if (/\.(ini|cfg)$/i.test(name)) return true;
  if (/\.(ya?ml|json)$/i.test(name)) return false;
  const first = text.split(/\r\n|\r|\n/).find((line) => !/^\s*([#;]|$)/.test(line));
  return /^\s*\[\w+\]\s*([#;].*)?$/.test(first ?? '');
}
