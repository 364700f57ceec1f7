// How a command's arguments are read: a description becomes a parser from argv to options, help or
// one sentence about the mistake. Nothing here prints or exits.

import { Command, CommanderError, Option } from 'commander';
import * as v from 'valibot';
import { SETTINGS, type Setting } from '../config/catalogue.ts';
import type { FlagValues } from '../config/sources/environment.ts';
import type { ValueSchema } from '../config/values.ts';
import { OperatingError } from '../errors.ts';

export type Parsed<Options> =
  | { readonly kind: 'run'; readonly options: Options }
  | { readonly kind: 'help'; readonly text: string }
  /** One sentence; the exit code is 2. */
  | { readonly kind: 'usage'; readonly message: string };

export type Parser<Options> = (argv: readonly string[]) => Parsed<Options>;

/** The command line cannot be meant so; commands end with exit code 2. */
export const BAD_USAGE = 'bad_usage';

/** `message` is one sentence. */
export const badUsage = (message: string): OperatingError => new OperatingError(BAD_USAGE, message);

/** Long options fill the screen otherwise; the terminal's own width is not read, for purity. */
const HELP_WIDTH = 100;

export interface CommandText {
  /** As the user types it, such as `npm run nodes --`. */
  readonly name: string;
  readonly about: string;
  /** Whole command lines with what they do. */
  readonly examples: readonly (readonly [line: string, does: string])[];
  /** Closing paragraphs of the help. */
  readonly remarks?: string;
}

export function createCommand({ name, about, examples, remarks }: CommandText): Command {
  const lines = examples.map(([line, does]) => `  ${line}\n      ${does}`);
  const closing = remarks === undefined ? '' : `\n\n${remarks}`;
  return new Command(name)
    .description(about)
    .helpOption('-h, --help', 'Show this help.')
    .addHelpText('after', `\nExamples:\n${lines.join('\n')}${closing}`)
    .configureHelp({ helpWidth: HELP_WIDTH, optionDescription: describeOption })
    .allowExcessArguments(false)
    .exitOverride();
}

/** Defaults as a user would write them, and none where nothing is meant. */
const describeOption = ({ description, defaultValue }: Option): string =>
  defaultValue === undefined || defaultValue === ''
    ? description
    : `${description} (default: ${defaultValue})`;

/** Parses and turns what commander throws, or `read` says with badUsage, into a result. */
export function parseWith<Options>(
  command: Command,
  argv: readonly string[],
  read: (command: Command) => Options,
): Parsed<Options> {
  let text = '';
  const write = (piece: string): void => {
    text += piece;
  };
  command.configureOutput({ writeOut: write, writeErr: write, getOutHasColors: () => false });
  try {
    command.parse([...argv], { from: 'user' });
    return { kind: 'run', options: read(command) };
  } catch (error) {
    if (error instanceof CommanderError) {
      return error.exitCode === 0
        ? { kind: 'help', text }
        : { kind: 'usage', message: sentence(command, error) };
    }
    if (error instanceof OperatingError && error.code === BAD_USAGE) {
      return { kind: 'usage', message: error.message };
    }
    throw error;
  }
}

/** Commander's `error: unknown option '--x'\n(Did you mean --y?)` as one sentence. */
function sentence(command: Command, { code, message }: CommanderError): string {
  const [first = '', suggestion] = message.replace(/^error: /, '').split('\n');
  const near = /\((?:Did|did) you mean (?:one of )?(.*?)\??\)/.exec(suggestion ?? '')?.[1];
  // What commander quotes of the command line and of its own declarations.
  const named = /'(.*)'/.exec(first)?.[1] ?? '';
  const bare = named.split('=')[0] ?? '';
  if (code === 'commander.unknownOption' && isSwitch(command, bare)) {
    return `${bare} takes no value: write ${bare} alone.`;
  }
  const help = '; --help shows what there is.';
  if (code === 'commander.optionMissingArgument')
    return `${bare.split(' ')[0]} needs a value: ${named}${help}`;
  if (code === 'commander.missingArgument') return `The argument <${named}> is missing${help}`;
  if (code === 'commander.excessArguments') {
    const most = command.registeredArguments.length;
    return `Too many arguments (at most ${most}): ${command.args.map(quoted).join(' ')}${help}`;
  }
  const start = first.charAt(0).toUpperCase() + first.slice(1).replace(/\.$/, '');
  return near ? `${start}: did you mean ${near}?` : `${start}${help}`;
}

const isSwitch = ({ options }: Command, flag: string): boolean =>
  options.some(({ long, required, optional }) => long === flag && !required && !optional);

/** An option's text checked by a value of the configuration, so that both take the same words. */
export function checked<T>(option: string, schema: ValueSchema<T>, written: unknown): T {
  const result = v.safeParse(schema, written);
  if (result.success) return result.output;
  throw badUsage(`${option} is ${quoted(String(written))}, but ${result.issues[0].message}.`);
}

/** No sentence quotes more. */
const QUOTED_LENGTH = 60;

/** What a user wrote, as a sentence shows it: in quotes where its end would not be seen. */
export function quoted(written: string): string {
  if (written === '') return 'empty';
  const shown = /^[\x21-\x7e]+$/.test(written) ? written : JSON.stringify(written);
  return shown.length > QUOTED_LENGTH ? `${shown.slice(0, QUOTED_LENGTH)}…` : shown;
}

/** Repeated uses of a list's option add up: `--join a --join b` is `--join a,b`. */
export const join = (value: string, before: string | undefined): string =>
  before === undefined ? value : `${before},${value}`;

/** Which settings a command has flags for, under which heading of its help. */
export interface Offer {
  readonly settings: readonly Setting[];
  /** Names of those that the command decides itself. */
  readonly without: readonly string[];
  readonly heading: string;
  /** By name: what holds in this command in the place of the setting's own default. */
  readonly defaults?: Readonly<Record<string, string>>;
}

/** The settings of a node. */
export const nodeSettings = (
  without: readonly string[],
  defaults: Readonly<Record<string, string>> = {},
): Offer => ({
  settings: SETTINGS,
  without,
  defaults,
  heading: 'Settings (the same as in a file and in PRIOMON_… variables):',
});

/** Adds a flag for each of the settings. */
export function addSettings(command: Command, offer: Offer): void {
  for (const setting of offered(offer)) {
    const fallback = offer.defaults?.[setting.name] ?? setting.fallback;
    for (const option of optionsFor({ ...setting, fallback }, offer.heading)) {
      command.addOption(option);
    }
  }
}

export function settingsGiven(command: Command, offer: Offer): FlagValues {
  const given = command.opts<Record<string, string | boolean | undefined>>();
  const pairs = offered(offer).flatMap((setting) => {
    const value = given[new Option(`--${setting.flag}`).attributeName()];
    return value === undefined ? [] : [[setting.name, value] as const];
  });
  return Object.fromEntries(pairs);
}

const offered = ({ settings, without }: Offer): Setting[] =>
  settings.filter(({ name }) => !without.includes(name));

const lowered = (sentence: string): string => sentence.charAt(0).toLowerCase() + sentence.slice(1);

function optionsFor(setting: Setting, heading: string): Option[] {
  const { flag, placeholder, shape, fallback } = setting;
  const end = fallback === '' ? '' : ` (default: ${fallback})`;
  const about = setting.about + end;
  if (shape === 'switch') {
    const isOn = fallback === 'true';
    // Both exist, as a file may say the opposite; help shows the one that changes the default.
    const on = new Option(`--${flag}`, setting.about).hideHelp(isOn);
    const off = new Option(`--no-${flag}`, `Do not ${lowered(setting.about)}`).hideHelp(!isOn);
    return [on.helpGroup(heading), off.helpGroup(heading)];
  }
  const option = new Option(`--${flag} <${placeholder}>`, about).helpGroup(heading);
  return [shape === 'word' ? option : option.argParser(join)];
}
