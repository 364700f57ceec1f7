// The arguments of npm run results.

import { describe, expect, it } from 'vitest';
import { parseResultsArguments } from '../../../node/cli/results/options.ts';

const optionsOf = (...argv: string[]) => {
  const parsed = parseResultsArguments(argv);
  return parsed.kind === 'run' ? parsed.options : parsed;
};

const mistakeIn = (...argv: string[]): string => {
  const parsed = parseResultsArguments(argv);
  return parsed.kind === 'usage' ? parsed.message : `no mistake: ${parsed.kind}`;
};

describe('results', () => {
  it.each([
    [['list'], { command: 'list', isJson: false }],
    [['list', '--json', '--db', 'a.db'], { command: 'list', isJson: true, db: 'a.db' }],
    [['show', '3'], { command: 'show', id: 3, isJson: false, isWhole: false }],
    [['show', '3', '--all'], { command: 'show', id: 3, isJson: false, isWhole: true }],
    [['export', '3', '4', '3'], { command: 'export', ids: [3, 4], format: 'json' }],
    [
      ['export', '3', '--format', 'csv', '--table', 'view_samples'],
      { command: 'export', ids: [3], format: 'csv', table: 'samples' },
    ],
    [
      ['export', '3', '--format', 'csv', '--out', 'folder'],
      { command: 'export', ids: [3], format: 'csv', out: 'folder' },
    ],
    [['import', 'a.json'], { command: 'import', file: 'a.json' }],
    [['delete', '3', '--yes'], { command: 'delete', ids: [3], isSure: true }],
  ])('%j is understood', (argv, expected) => {
    expect(optionsOf(...argv)).toEqual(expected);
  });

  it.each([
    [[], /^No command is given: write list, show, export, import, delete; --help shows more\.$/],
    [['lst'], /^lst is no command: did you mean list\?$/],
    [['a b'], /^"a b" is no command; known are list, show, export, import, delete\.$/],
    [['show'], /^The argument <id> is missing; --help shows what there is\.$/],
    [['show', 'x'], /^An experiment's number is x, but must be one that list shows\.$/],
    [['show', '0'], /^An experiment's number is 0, but/],
    [['show', '1', '2'], /^Too many arguments/],
    [['list', '--jsno'], /did you mean --json\?$/],
    [['list', '--db', ''], /^--db is empty; name a path or URL\.$/],
    [['export', '1', '--format', 'xml'], /^--format is xml, but must be json or csv\.$/],
    [['export', '1', '--format', 'csv'], /^CSV is a file a table: name a folder with --out, /],
    [['export', '1', '--table', 'runs'], /^--table goes with --format csv/],
    [
      ['export', '1', '--format', 'csv', '--table', 'x'],
      /^--table is x, but must be one of experiments, runs, .*, view_samples\.$/,
    ],
    [['export', '1', '--out', ''], /^--out is empty/],
  ])('%j is refused in one sentence', (argv, said) => {
    expect(mistakeIn(...argv)).toMatch(said);
  });

  it('help lists the commands, and tells of each', () => {
    const overview = parseResultsArguments(['--help']);
    const text = overview.kind === 'help' ? overview.text : '';
    expect(text).toContain('Usage: npm run results -- COMMAND [options]');
    for (const word of ['list', 'show', 'export', 'import', 'delete']) {
      expect(text).toMatch(new RegExp(`^  ${word} +[A-Z].*\\.?$`, 'm'));
      expect(parseResultsArguments(['help', word])).toEqual(
        parseResultsArguments([word, '--help']),
      );
    }
    const one = parseResultsArguments(['delete', '--help']);
    expect(one.kind === 'help' && one.text).toMatch(/--yes +Needed, for they are deleted for good/);
  });

  it.each([[['--help']], [['list', '--help']], [['export', '-h']]])('%j is help', (argv) => {
    const parsed = parseResultsArguments(argv);
    expect(parsed).toMatchObject({ kind: 'help' });
    expect(parsed.kind === 'help' && parsed.text).toContain('Examples:');
    expect(parsed.kind === 'help' && parsed.text).toContain('RESULTS_DB');
  });
});
