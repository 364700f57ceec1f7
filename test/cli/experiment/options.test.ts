// What npm run experiment and npm run simulate take, and how they refuse the rest.

import { describe, expect, it } from 'vitest';
import {
  parseExperimentArguments,
  parseSimulateArguments,
} from '../../../node/cli/experiment/options.ts';
import { optionsOf, usageOf, words } from '../support.ts';

const experiment = (line: string) => parseExperimentArguments(words(line));
const simulate = (line: string) => parseSimulateArguments(words(line));

describe('experiment', () => {
  it('takes a file, where results go, and changes to the file', () => {
    const line =
      'a.yaml --db r.db --resume --json --nodes 5,10 --failure-rate 0.5 --no-keep-rounds';
    expect(optionsOf(experiment(line))).toEqual({
      ...{ command: 'run', file: 'a.yaml', resumes: true, db: 'r.db', isJson: true },
      flags: { nodes: '5,10', 'failure.rate': '0.5', keep_rounds: false },
    });
  });

  it('serves with a file or without, at the port of the original', () => {
    expect(optionsOf(experiment('--serve'))).toEqual({
      ...{ command: 'serve', port: 4000, isJson: false, flags: {} },
    });
    expect(optionsOf(experiment('a.yaml --serve --port 0'))).toMatchObject({
      ...{ command: 'serve', file: 'a.yaml', port: 0 },
    });
  });

  it('lists what is ready made', () => {
    expect(optionsOf(experiment('--list'))).toMatchObject({ command: 'list' });
  });

  it.each([
    ['', /^Name a file or a ready-made experiment, such as quick; --list shows them\.$/],
    ['a.yaml b.yaml', /too many arguments/i],
    ['quick --port 5000', /^--port goes with --serve\.$/],
    ['quick --serve --port 70000', /^--port is 70000, but must be/],
    ['quick --serve --resume', /^--resume has no use with --serve: \/start\?resume=1 has it\.$/],
    ['quick --resme', /'--resme': did you mean --resume\?$/],
    ['quick --losss 0.5', /'--losss': did you mean --loss\?$/],
  ])('refuses %j with a sentence', (line, sentence) => {
    expect(usageOf(experiment(line))).toMatch(sentence);
  });

  it('refuses an empty --db', () => {
    expect(usageOf(parseExperimentArguments(['quick', '--db', '']))).toContain('--db is empty');
  });

  it('has help with examples', () => {
    const parsed = experiment('--help');
    expect(parsed).toMatchObject({ kind: 'help' });
    const text = parsed.kind === 'help' ? parsed.text : '';
    for (const part of ['Examples:', 'npm run experiment -- quick', '--serve', '--nodes <n,…>']) {
      expect(text).toContain(part);
    }
  });
});

describe('simulate', () => {
  it('needs no file, and keeps nothing unless told where', () => {
    expect(optionsOf(simulate('--nodes 100 --seed 7'))).toEqual({
      ...{ isJson: false, flags: { nodes: '100', seed: '7' } },
    });
    expect(optionsOf(simulate('quick --db r.db'))).toMatchObject({ file: 'quick', db: 'r.db' });
  });

  it('is a simulation by name: there is no mode to choose', () => {
    expect(usageOf(simulate('--mode emulate'))).toContain("'--mode'");
    expect(usageOf(simulate('--base-port 5000'))).toContain("'--base-port'");
  });
});
