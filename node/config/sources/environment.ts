// Settings from variables and flags: all of them text, so lists have commas and maps are pairs.

import { SETTINGS, type Setting } from '../catalogue.ts';
import { nearestName } from '../nearest.ts';
import { broken, type Problem } from '../problem.ts';
import { splitList } from '../values.ts';
import { createLayer, type Layer, type Tree } from './layer.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** By setting name, as `storage.url`; a switch may be a boolean. */
export type FlagValues = Readonly<Record<string, string | boolean>>;

export interface LayerReading {
  readonly layer: Layer;
  readonly problems: readonly Problem[];
}

const PREFIX = 'PRIOMON_';
const bare = (name: string): string => name.slice(PREFIX.length);

/** Names the configuration file; no setting itself. */
export const CONFIG_VARIABLE = `${PREFIX}CONFIG`;

/**
 * Kubernetes gives every container variables about each service: a service called `priomon` brings
 * PRIOMON_PORT=tcp://…, PRIOMON_SERVICE_HOST and so on, which say nothing to us.
 */
const SERVICE_LINK = /_(SERVICE_HOST|SERVICE_PORT(_.*)?|PORT_\d+_(TCP|UDP)(_(PROTO|PORT|ADDR))?)$/;
const isServiceLink = (name: string, value: string): boolean =>
  SERVICE_LINK.test(name) || (name.endsWith('_PORT') && /^(tcp|udp):\/\//.test(value));

/** Empty variables count as unset, for that is how compose files leave one out. */
export function readEnvironment(environment: Environment): LayerReading {
  const given = new Map(
    Object.entries(environment)
      .map(([name, value]) => [name, value?.trim() ?? ''] as const)
      .filter(([name, value]) => value !== '' && !isServiceLink(name, value)),
  );
  const reader = createReader();
  for (const setting of SETTINGS) {
    const variable = setting.variables.find((name) => given.has(name));
    if (variable !== undefined) reader.read(setting, given.get(variable) ?? '', variable);
  }
  const known = [...SETTINGS.map(({ variables }) => variables[0] ?? ''), CONFIG_VARIABLE];
  const problems = [...given.keys()]
    .filter((name) => name.startsWith(PREFIX) && !known.includes(name))
    .map((name) => {
      // Without the prefix, which would make every name look like every other.
      const near = nearestName(bare(name), known.map(bare));
      const end = near ? `: did you mean ${PREFIX}${near}?` : '; --help lists the settings.';
      return { setting: name, where: name, message: `Unknown variable ${name}${end}` };
    });
  return reader.done(problems);
}

export function readFlags(flags: FlagValues): LayerReading {
  const reader = createReader();
  for (const setting of SETTINGS) {
    const value = flags[setting.name];
    if (value !== undefined) reader.read(setting, value, `--${setting.flag}`);
  }
  return reader.done([]);
}

function createReader() {
  const layer = createLayer();
  const problems: Problem[] = [];
  return {
    read(setting: Setting, written: string | boolean, where: string): void {
      const value = setting.shape === 'map' ? readPairs(setting, String(written)) : written;
      if (value === undefined) {
        problems.push(broken(setting.name, { value: written, where }, setting.rule));
      } else layer.set(setting.path, value, where);
    },
    done: (more: readonly Problem[]): LayerReading => ({
      layer: layer.done(),
      problems: [...problems, ...more],
    }),
  };
}

/** `a=1,b=2`; for metrics the part after a name's last dot is the setting: `cpu.priority=3`. */
function readPairs(setting: Setting, written: string): Tree | undefined {
  const layer = createLayer();
  for (const pair of splitList(written)) {
    const [, name, value] = /^([^=]+?)\s*=\s*(.*)$/.exec(pair) ?? [];
    if (name === undefined || value === undefined) return undefined;
    const dot = name.lastIndexOf('.');
    if (setting.name === 'labels') layer.set([name], value, '');
    else if (dot > 0) layer.set([name.slice(0, dot), name.slice(dot + 1)], value, '');
    else return undefined;
  }
  return layer.done().values;
}
