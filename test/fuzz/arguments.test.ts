// Whatever stands on a command line: options, the help, or one sentence.

import fc from 'fast-check';
import { expect } from 'vitest';
import type { Parsed } from '../../node/cli/arguments.ts';
import {
  parseExperimentArguments,
  parseSimulateArguments,
} from '../../node/cli/experiment/options.ts';
import { parseLeaveArguments } from '../../node/cli/leave-options.ts';
import { parseNodeArguments, parseNodesArguments } from '../../node/cli/options.ts';
import { parseQueryArguments } from '../../node/cli/query/options.ts';
import { parseResultsArguments } from '../../node/cli/results/options.ts';
import { parsePreviewArguments, parseSiteArguments } from '../../node/cli/site/options.ts';
import { SETTINGS } from '../../node/config/catalogue.ts';
import { fuzz, target } from './fuzz.ts';
import { wordOf } from './inputs.ts';

const COMMANDS: Readonly<Record<string, (argv: readonly string[]) => Parsed<unknown>>> = {
  nodes: parseNodesArguments,
  node: (argv) => parseNodeArguments(argv, 'npm run node --'),
  query: parseQueryArguments,
  leave: parseLeaveArguments,
  results: parseResultsArguments,
  site: parseSiteArguments,
  'site:preview': parsePreviewArguments,
  experiment: parseExperimentArguments,
  simulate: parseSimulateArguments,
};

const FLAGS = [
  ...SETTINGS.map(({ flag }) => `--${flag}`),
  ...['--help', '-h', '--', '-', '--json', '--url', '--node', '--where', '--yes', '--out', '--db'],
  ...['--no-storage', '--base-port', '--returns-at', '--format', '--table', '--resume', '--seed'],
];
const argument = wordOf(
  ...FLAGS,
  ...['3', 'quick', 'list', 'show', 'export', 'import', 'delete', 'measures', 'csv', 'a.yaml'],
  ...['http://127.0.0.1:4001', '127.0.0.1:4001', 'cpu>80', '--nodee', '--round=1s', '2026-01-31'],
);
const argv = fc.array(argument, { maxLength: 6 });

fuzz('options, help or one sentence come of a command line of', [
  ...Object.entries(COMMANDS).map(([name, parse]) =>
    target(name, argv, (words) => {
      const parsed = parse(words);
      if (parsed.kind === 'usage') expect(parsed.message).toMatch(/^[^\n]+[.?…]$/);
      if (parsed.kind === 'help') expect(parsed.text).toContain('--help');
    }),
  ),
]);
