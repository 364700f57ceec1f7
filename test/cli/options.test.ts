// What the commands take on their command line, and how they refuse the rest.

import { describe, expect, it } from 'vitest';
import { type Parsed, quoted } from '../../node/cli/arguments.ts';
import { checkPorts, parseNodeArguments, parseNodesArguments } from '../../node/cli/options.ts';
import { parseQueryArguments } from '../../node/cli/query/options.ts';
import { SETTINGS } from '../../node/config/catalogue.ts';
import { optionsOf, usageOf, words } from './support.ts';

const nodes = (line: string) => parseNodesArguments(words(line));
const node = (line: string) => parseNodeArguments(words(line));
const query = (line: string) => parseQueryArguments(words(line));

describe('nodes', () => {
  it('takes a count; twenty without one', () => {
    expect(optionsOf(nodes('7')).count).toBe(7);
    expect(optionsOf(nodes('')).count).toBe(20);
    expect(optionsOf(nodes('1')).count).toBe(1);
    expect(optionsOf(nodes('1000')).count).toBe(1_000);
  });

  it('takes its own options', () => {
    const line = '5 --base-port 5000 --config a.yaml --in-process --json --data ./data';
    expect(optionsOf(nodes(line))).toEqual({
      count: 5,
      basePort: 5_000,
      config: 'a.yaml',
      isInProcess: true,
      isJson: true,
      flags: { data: './data' },
    });
  });

  it('leaves the base port open when it is not given, for a file may say it', () => {
    expect(optionsOf(nodes('5'))).toEqual({
      count: 5,
      isInProcess: false,
      isJson: false,
      flags: {},
    });
  });

  it('takes settings before and after the count', () => {
    const expected = { round: '2s', max_round: '2s', target_count: '3' };
    expect(optionsOf(nodes('--round 2s 5 --max-round 2s --target-count 3')).flags).toEqual(
      expected,
    );
  });

  it.each(['0', '-3', 'abc', '100000', '1001', '1.5', '1e2', '0x5', '-0', '99999999999'])(
    'refuses the count %s and says which it takes, and why',
    (count) => {
      const expected =
        `The count of nodes is ${count}, but must be a whole number from 1 to 1000: ` +
        'each takes a process, some 90 MB and a port.';
      expect(usageOf(nodes(count))).toBe(expected);
      expect(usageOf(nodes(`${count} --json`))).toBe(expected);
      expect(usageOf(nodes(`-- ${count}`))).toBe(expected);
    },
  );

  it('refuses an empty count', () => {
    expect(usageOf(parseNodesArguments(['']))).toContain('The count of nodes is');
  });

  it('refuses ports that do not exist', () => {
    expect(usageOf(nodes('20 --base-port 65530'))).toBe(
      '20 nodes above base port 65530 would end at port 65550, but ports end at 65535: ' +
        'choose a base port of 65515 at most.',
    );
    expect(optionsOf(nodes('20 --base-port 65515')).basePort).toBe(65_515);
    expect(usageOf(nodes('5 --base-port 0'))).toContain('--base-port is 0, but must be a whole');
    expect(usageOf(nodes('5 --base-port x'))).toContain('--base-port is x');
    expect(() => checkPorts(65_535, 1)).toThrow('65534 at most');
  });

  it('refuses settings that each of its nodes gets from it', () => {
    for (const flag of ['--port 1', '--id a', '--join http://a:1', '--advertise http://a:1']) {
      expect(usageOf(nodes(`5 ${flag}`))).toContain(`Unknown option '${flag.split(' ')[0]}'`);
    }
  });
});

describe('node', () => {
  it('takes every setting as a flag', () => {
    const line = '--id a --port 4002 --join http://a:1 --storage-max-bytes 1GiB --config f.ini';
    expect(optionsOf(node(line))).toEqual({
      config: 'f.ini',
      flags: { id: 'a', port: '4002', join: 'http://a:1', 'storage.max_bytes': '1GiB' },
    });
  });

  it('adds up the repeated ones that are lists', () => {
    const line = '--join http://a:1 --join http://b:1,http://c:1 --labels x=1 --labels y=2';
    expect(optionsOf(node(line)).flags).toEqual({
      join: 'http://a:1,http://b:1,http://c:1',
      labels: 'x=1,y=2',
    });
  });

  it('the last of the others wins', () => {
    expect(optionsOf(node('--round 1s --round 2s')).flags).toEqual({ round: '2s' });
  });

  it('switches go both ways, and are absent when not given', () => {
    expect(optionsOf(node('')).flags).toEqual({});
    expect(optionsOf(node('--no-storage --insecure-listen')).flags).toEqual({
      allow_open: true,
      'storage.enabled': false,
    });
    expect(optionsOf(node('--storage --no-insecure-listen')).flags).toEqual({
      allow_open: false,
      'storage.enabled': true,
    });
  });

  it('a value may start with a dash; whether it makes sense is the schema’s to say', () => {
    expect(optionsOf(node('--port -5')).flags).toEqual({ port: '-5' });
  });

  it('refuses arguments, and an empty file name', () => {
    expect(usageOf(node('4001'))).toContain('Too many arguments');
    expect(usageOf(parseNodeArguments(['--config', '']))).toBe('--config is empty; name a file.');
  });
});

describe('query', () => {
  it('asks the first local node for everything by default', () => {
    expect(optionsOf(query(''))).toEqual({
      url: 'http://127.0.0.1:4001',
      node: [],
      metric: [],
      label: [],
      status: [],
      where: [],
      aggregate: [],
      isJson: false,
      timeoutMs: 5_000,
    });
  });

  it('takes filters, many of each', () => {
    const line =
      '--url http://a:1/mon/ --node n1,n2 --node web-* --metric cpu --label r=eu --label k=a=b ' +
      '--status dead,suspect --timeout 500ms --json';
    expect(optionsOf(query(line))).toEqual({
      url: 'http://a:1/mon',
      node: ['n1', 'n2', 'web-*'],
      metric: ['cpu'],
      label: ['r=eu', 'k=a=b'],
      status: ['dead', 'suspect'],
      where: [],
      aggregate: [],
      isJson: true,
      timeoutMs: 500,
    });
  });

  it('takes thresholds, aggregates and rankings', () => {
    const line =
      '--where cpu>80 --where memory<=5e1,swap!=0 --aggregate avg,p99.9 --aggregate count ' +
      '--by label:region --top 5';
    expect(optionsOf(query(line))).toMatchObject({
      where: ['cpu>80', 'memory<=5e1', 'swap!=0'],
      aggregate: ['avg', 'p99.9', 'count'],
      by: 'label:region',
      top: 5,
    });
  });

  it('takes a quorum about one node', () => {
    const line = '--node n1 --metric cpu,mem* --quorum 3 --tries 5 --timeout 2s';
    expect(optionsOf(query(line))).toMatchObject({
      ...{ node: ['n1'], metric: ['cpu', 'mem*'] },
      ...{ quorum: 3, tries: 5, timeoutMs: 2_000 },
    });
  });

  it.each([
    ['--url ftp://a:1', '--url is ftp://a:1, but must be a URL such as http://127.0.0.1:4001, or'],
    ['--status ded', '--status is ded, but every item must be one of alive, suspect, dead, left.'],
    ['--label eu', '--label is eu, but every item must be of the form name=value.'],
    ['--timeout 0', '--timeout is 0, but must be a duration from 100ms to 10m'],
    ['n1', 'Too many arguments'],
    ['--where cpu', '--where is cpu, but every item must be a metric, one of > >= < <= = != and a'],
    [
      '--aggregate mean',
      '--aggregate is mean, but every item must be of count, min, max, avg, sum',
    ],
    ['--top 0', '--top is 0, but must be a whole number from 1 to 1000.'],
    ['--top 3 --by region', '--by is region, but must be metric, or label: and a name such as'],
    ['--by label:region', '--by needs --aggregate or --top beside it.'],
    ['--tries 2', '--tries belongs to a quorum: give --quorum too.'],
    ['--quorum 33 --node n1', '--quorum is 33, but must be a whole number from 1 to 32.'],
    ['--quorum 3', '--quorum asks about one node: name that one with --node, no pattern.'],
    ['--quorum 3 --node n1,n2', 'one node, but --node says n1,n2: name that one with --node'],
    [
      '--quorum 3 --node n*',
      'one node, but --node says n*: name that one with --node, no pattern.',
    ],
    ['--json=yes', '--json takes no value: write --json alone.'],
    ['--quorum 3 --node n1 --where cpu>1', '--where is for many nodes; leave out either it or'],
    ['--quorum 3 --node n1 --top 1', '--top is for many nodes; leave out either it or --quorum.'],
  ])('%s is refused', (line, expected) => {
    expect(usageOf(query(line))).toContain(expected);
  });

  it.each(['node', 'metric', 'label', 'status', 'where', 'aggregate'])(
    'an empty --%s is a slip, and asks about nothing',
    (name) => {
      for (const written of ['', ' ', ',']) {
        const said = usageOf(parseQueryArguments([`--${name}`, written]));
        expect(said).toBe(`--${name} is empty; name something, or leave it out.`);
      }
    },
  );

  it.each([
    ['10.0.0.7:4001', 'http://10.0.0.7:4001'],
    ['web-1:4001/priomon/', 'http://web-1:4001/priomon'],
    ['[::1]:4001', 'http://[::1]:4001'],
    ['https://web-1', 'https://web-1'],
  ])('takes --url %s', (written, url) => {
    expect(optionsOf(query(`--url ${written}`)).url).toBe(url);
  });
});

it('what a sentence quotes is seen to its end', () => {
  expect(['', 'n1', ' ', 'a b', 'a\u202e'].map(quoted)).toEqual([
    ...['empty', 'n1', '" "', '"a b"', '"a\u202e"'],
  ]);
  expect(quoted('x'.repeat(100))).toBe(`${'x'.repeat(60)}…`);
});

it('a switch that is on by default says what turning it off does', () => {
  const parsed = node('--help');
  const text = parsed.kind === 'help' ? parsed.text : '';
  expect(text).toMatch(/--no-storage +Do not store samples and events\./);
});

it('the help of nodes tells how much its nodes log', () => {
  const parsed = nodes('--help');
  const text = parsed.kind === 'help' ? parsed.text.replaceAll(/\s+/g, ' ') : '';
  expect(text).toContain('error, warn, info, debug. (default: warn)');
});

describe.each([
  ['nodes', parseNodesArguments],
  ['node', parseNodeArguments],
  ['query', parseQueryArguments],
] as const)('every command: %s', (name, parse) => {
  it.each(['--help', '-h'])('%s gives its help with examples', (flag) => {
    const parsed: Parsed<unknown> = parse([flag]);
    if (parsed.kind !== 'help') throw new Error(JSON.stringify(parsed));
    expect(parsed.text).toContain(`Usage: npm run ${name} --`);
    expect(parsed.text).toContain('Examples:\n  npm run ');
    for (const line of parsed.text.split('\n')) expect(line.length, line).toBeLessThanOrEqual(100);
  });

  it('its examples are right', () => {
    const parsed: Parsed<unknown> = parse(['--help']);
    const text = parsed.kind === 'help' ? parsed.text : '';
    const examples = [...text.matchAll(/^ {2}npm run \w+(?: --)?(.*)$/gm)];
    expect(examples.length).toBeGreaterThanOrEqual(4);
    for (const [, line = ''] of examples) {
      expect(parse(words(line.trim().replaceAll("'", ''))).kind, line).toBe('run');
    }
  });

  it('an unknown option is refused with the nearest one', () => {
    const mistyped = name === 'query' ? '--metrc' : '--max-ruond';
    const meant = name === 'query' ? '--metric' : '--max-round';
    const message = `Unknown option '${mistyped}': did you mean ${meant}?`;
    expect(usageOf<unknown>(parse([mistyped, 'x']))).toBe(message);
  });

  it('an option without its value is refused', () => {
    const option = name === 'query' ? '--metric' : '--round';
    expect(usageOf<unknown>(parse([option]))).toMatch(/^--\w+ needs a value: --\w+ <.*>; --help/);
  });
});

it('the help of node names every setting', () => {
  const parsed = node('--help');
  const text = parsed.kind === 'help' ? parsed.text : '';
  for (const { flag, shape } of SETTINGS) {
    expect(text).toMatch(new RegExp(`^  --(no-)?${flag}${shape === 'switch' ? '' : ' <'}`, 'm'));
  }
});
