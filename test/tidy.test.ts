// The rules of the house, held by reading the sources. Each rule is shown to catch what it forbids.

import { describe, expect, it } from 'vitest';
import {
  arrows,
  corePackages,
  osOnlyWhereNeeded,
  PORTABLE_ENTRIES,
  siblings,
  waysToOs,
} from './tidy/arrows.ts';
import {
  commentShares,
  extensions,
  fileLength,
  functionLength,
  LIMITS,
  lineLength,
  noAny,
  noDefaultExport,
  nothingLeftOver,
  openingComment,
  pureCore,
  reasonsForSkips,
} from './tidy/rules.ts';
import { commentsOf, importsOf, parse, type Rule, readPages, readSources } from './tidy/source.ts';

const SOURCES = readSources();
const OURS = SOURCES.filter(({ path }) => !path.startsWith('test/'));

/** Problems of a file with this text at this path. */
const check = (rule: Rule, path: string, text: string) => rule(parse(path, text));
const everywhere = (rule: Rule, sources = SOURCES) => sources.flatMap(rule);

describe('the reader of sources', () => {
  it('finds the tree', () => {
    expect(OURS.length).toBeGreaterThan(100);
    expect(SOURCES.map(({ path }) => path)).toContain('node/core/engine.ts');
  });

  it('sees every kind of import, and which are gone at run time', () => {
    const text = `
      import { a } from './a.ts';
      import type { B } from '../b.ts';
      import { type C } from 'c';
      import 'd';
      export * from './e.ts';
      const f = await import('./f.ts');
      const none = "import { x } from './x.ts'"; // import './y.ts'
    `;
    const found = importsOf(parse('node/core/x.ts', text));
    expect(found).toEqual([
      { specifier: './a.ts', path: 'node/core/a.ts', typeOnly: false },
      { specifier: '../b.ts', path: 'node/b.ts', typeOnly: true },
      { specifier: 'c', path: undefined, typeOnly: true },
      { specifier: 'd', path: undefined, typeOnly: false },
      { specifier: './e.ts', path: 'node/core/e.ts', typeOnly: false },
      { specifier: './f.ts', path: 'node/core/f.ts', typeOnly: false },
    ]);
  });

  it('tells comments from texts that look like them', () => {
    const text = "// one\nconst url = 'http://x'; // two\n/* three */\nconst t = `// /* */`;\n";
    expect(commentsOf(parse('node/x.ts', text))).toHaveLength(3);
  });
});

describe('imports', () => {
  it('point inwards', () => {
    expect(everywhere(arrows)).toEqual([]);
  });

  it.each([
    ['node/core/x.ts', '../ports.ts'],
    ['node/ports.ts', './errors.ts'],
    ['node/config/x.ts', '../app.ts'],
    ['node/app.ts', './storage/libsql.ts'],
    ['node/http/x.ts', '../driver.ts'],
    ['node/driver.ts', './transport/fetch.ts'],
    ['node/probes/x.ts', '../storage/rows.ts'],
    ['node/exporters/x.ts', '../probes/runner.ts'],
    ['node/transport/x.ts', '../storage/memory.ts'],
    ['node/storage/x.ts', '../runtime/node.ts'],
    ['node/host/x.ts', '../cli/node.ts'],
    ['node/host/x.ts', '../edge/node.ts'],
    ['node/edge/x.ts', '../cli/node.ts'],
    ['node/runtime/x.ts', '../cli/node.ts'],
    ['node/experiment/x.ts', '../cli/nodes.ts'],
    ['node/cli/x.ts', '../runtime/node.ts'],
    ['node/cli/x.ts', '../../test/core/support.ts'],
    ['node/client.ts', './storage/memory.ts'],
    ['node/unheard-of/x.ts', '../core/model.ts'],
  ])('of %s may not lead to %s', (path, specifier) => {
    expect(check(arrows, path, `import { x } from '${specifier}';`)).toHaveLength(1);
  });

  it.each([
    ['node/core/x.ts', './model.ts'],
    ['node/app.ts', './http/state.ts'],
    ['node/probes/linux/x.ts', '../../ports.ts'],
    ['node/runtime/node.ts', '../host/node.ts'],
    ['node/runtime/worker.ts', '../edge/object.ts'],
    ['node/edge/x.ts', '../host/process/peer-problems.ts'],
    ['node/cli/x.ts', '../experiment/simulation/simulator.ts'],
  ])('of %s may lead to %s', (path, specifier) => {
    expect(check(arrows, path, `import { x } from '${specifier}';`)).toEqual([]);
  });

  it('of core name no package but valibot and MessagePack', () => {
    expect(everywhere(corePackages)).toEqual([]);
    expect(check(corePackages, 'node/core/x.ts', "import { Hono } from 'hono';")).toHaveLength(1);
    expect(check(corePackages, 'node/core/x.ts', "import * as v from 'valibot';")).toEqual([]);
  });

  it('of an operating system stand where there is one', () => {
    expect(everywhere(osOnlyWhereNeeded)).toEqual([]);
    const text = "import { readFile } from 'node:fs/promises';";
    for (const path of [
      'node/http/x.ts',
      'node/storage/database/store.ts',
      'node/transport/fetch.ts',
    ]) {
      expect(check(osOnlyWhereNeeded, path, text)).toHaveLength(1);
    }
    expect(check(osOnlyWhereNeeded, 'node/probes/linux/x.ts', text)).toEqual([]);
    const lazy = "const si = await import('systeminformation');";
    expect(check(osOnlyWhereNeeded, 'node/driver.ts', lazy)).toHaveLength(1);
  });

  it('of a Worker lead to no operating system, by whatever way', () => {
    expect(waysToOs(SOURCES, PORTABLE_ENTRIES)).toEqual([]);
    for (const entry of PORTABLE_ENTRIES) expect(OURS.map(({ path }) => path)).toContain(entry);
    const broken = [
      parse('node/app.ts', "import { a } from './a.ts';\nimport type { T } from './types.ts';"),
      parse('node/a.ts', "import { b } from './b.ts';"),
      parse('node/b.ts', "import 'node:fs';"),
      parse('node/types.ts', "import 'node:net';"),
    ];
    expect(waysToOs(broken, ['node/app.ts'])).toEqual([
      'node/app.ts → node/a.ts → node/b.ts → node:fs',
    ]);
  });

  it('of an adapter name none of its siblings', () => {
    expect(siblings(SOURCES)).toEqual([]);
    const one = 'export function createOne(): Store { return two(); }';
    const two = 'export async function createTwo(): Promise<Store> { return three; }';
    const broken = [
      parse('node/storage/one.ts', `import { two } from './two.ts';\n${one}`),
      parse('node/storage/two.ts', `import { rows } from './rows.ts';\n${two}`),
      parse('node/storage/database/rows.ts', 'export const rows = [];'),
      parse('node/storage/index.ts', "import './one.ts';\nimport './two.ts';"),
    ];
    expect(siblings(broken)).toEqual([
      'node/storage/one.ts imports its sibling node/storage/two.ts',
    ]);
  });

  it('that are relative end in .ts', () => {
    expect(everywhere(extensions)).toEqual([]);
    expect(check(extensions, 'node/x.ts', "import { a } from './a';")).toHaveLength(1);
    expect(check(extensions, 'node/x.ts', "import { a } from './a.js';")).toHaveLength(1);
    expect(check(extensions, 'node/x.ts', "import { Hono } from 'hono';")).toEqual([]);
  });
});

describe('core', () => {
  it('has no clock, no chance, no timers and no world', () => {
    expect(everywhere(pureCore)).toEqual([]);
  });

  it.each([
    'const at = Date.now();',
    'const at = new Date();',
    'const chance = Math.random();',
    "const chance = Math['random']();",
    'const at = performance.now();',
    'setTimeout(() => undefined, 1);',
    'setInterval(() => undefined, 1);',
    "console.log('x');",
    'const { env } = process;',
    "await fetch('http://x');",
    'const id = crypto.randomUUID();',
    'const { now } = Date;',
    'globalThis.x = 1;',
  ])('may not say %s', (text) => {
    expect(check(pureCore, 'node/core/x.ts', text)).toHaveLength(1);
    expect(check(pureCore, 'node/host/x.ts', text)).toEqual([]);
  });

  it('may use such words as names of its own', () => {
    const text = 'const a = { process: 1 }; a.process++; const size = Math.max(1, 2);';
    expect(check(pureCore, 'node/core/x.ts', text)).toEqual([]);
  });
});

describe('sizes', () => {
  const lines = (count: number, line = 'x;') => Array(count).fill(line).join('\n');

  it(`of files stop at ${LIMITS.fileLines} lines`, () => {
    expect(everywhere(fileLength)).toEqual([]);
    expect(check(fileLength, 'node/x.ts', `${lines(300)}\n`)).toEqual([]);
    expect(check(fileLength, 'node/x.ts', `${lines(301)}\n`)).toHaveLength(1);
  });

  it('of pages and styles stop there too', () => {
    const pages = readPages();
    expect(pages.length).toBeGreaterThan(15);
    expect(pages.flatMap(fileLength)).toEqual([]);
  });

  it(`of runtime entries stop at ${LIMITS.runtimeEntryLines} lines`, () => {
    for (const entry of ['node', 'deno', 'worker']) {
      expect(check(fileLength, `node/runtime/${entry}.ts`, lines(41))).toHaveLength(1);
    }
    expect(check(fileLength, 'node/runtime/helper.ts', lines(41))).toEqual([]);
  });

  it(`of lines stop at ${LIMITS.lineLength} characters`, () => {
    expect(everywhere(lineLength)).toEqual([]);
    expect(check(lineLength, 'node/x.ts', 'x'.repeat(101))).toHaveLength(1);
  });

  it(`of functions stop at ${LIMITS.functionLines} lines`, () => {
    expect(everywhere(functionLength)).toEqual([]);
    for (const [open, close] of [
      ['function f() {', '}'],
      ['const f = () => {', '};'],
      ['class A { m() {', '} }'],
    ] as const) {
      expect(check(functionLength, 'node/x.ts', [open, lines(48), close].join('\n'))).toEqual([]);
      const long = [open, lines(49), close].join('\n');
      expect(check(functionLength, 'node/x.ts', long)).toHaveLength(1);
    }
  });

  it('of functions leave out what is inside them, up to a limit as well', () => {
    const inner = `function g() {\n${lines(40)}\n}`;
    const factory = (count: number): string =>
      `function f() {\n${Array(count).fill(inner).join('\n')}\n}`;
    expect(check(functionLength, 'node/x.ts', factory(2))).toEqual([]);
    expect(check(functionLength, 'node/x.ts', factory(3))).toHaveLength(1);
  });

  it('of groups of tests are those of the tests', () => {
    const group = `describe('a', () => {\n${"it('b', () => 1);\n".repeat(120)}\n});`;
    expect(check(functionLength, 'test/x.test.ts', group)).toEqual([]);
  });
});

describe('comments', () => {
  it('open each file with its job', () => {
    // What a test is about, the groups in it say.
    const readers = SOURCES.filter(({ path }) => !/\.(test|check)\.ts$/.test(path));
    expect(everywhere(openingComment, readers)).toEqual([]);
    expect(check(openingComment, 'node/x.ts', "import { a } from './a.ts';")).toHaveLength(1);
    expect(check(openingComment, 'node/x.ts', '#!/usr/bin/env node\n// Starts.\n')).toEqual([]);
  });

  it('are neither rare nor a wall', () => {
    expect(commentShares(OURS)).toEqual([]);
    const rare = parse('node/rare/x.ts', `// One.\n${'x;\n'.repeat(30)}`);
    const wall = parse('node/wall/x.ts', `${'// More.\n'.repeat(4)}${'x;\n'.repeat(6)}`);
    const fine = parse('node/fine/x.ts', `// One.\n/** Two.\n * three. */\n${'x;\n'.repeat(12)}`);
    expect(commentShares([rare, wall, fine])).toEqual([
      'node/rare has 3.2 % of comments',
      'node/wall has 40.0 % of comments',
    ]);
  });

  it('leave nothing to do', () => {
    expect(everywhere(nothingLeftOver)).toEqual([]);
    expect(check(nothingLeftOver, 'node/x.ts', 'x; // TODO: more')).toHaveLength(1);
    expect(check(nothingLeftOver, 'node/x.ts', '/* FIXME */ x;')).toHaveLength(1);
    expect(check(nothingLeftOver, 'node/x.ts', "x = 'TODO';")).toEqual([]);
  });
});

describe('types', () => {
  it('are never any, and never asserted away', () => {
    expect(everywhere(noAny)).toEqual([]);
    for (const text of ['let a: any;', 'x as any;', 'a!.b;', 'let a!: string;']) {
      expect(check(noAny, 'node/x.ts', text)).toHaveLength(1);
    }
    expect(check(noAny, 'node/x.ts', "const any = !a && a !== 'any';")).toEqual([]);
  });

  it('and values are exported by name', () => {
    expect(everywhere(noDefaultExport)).toEqual([]);
    for (const text of ['export default 1;', 'export default function f() {}']) {
      expect(check(noDefaultExport, 'node/x.ts', text)).toHaveLength(1);
    }
  });
});

it('no test is skipped without a reason', () => {
  expect(everywhere(reasonsForSkips)).toEqual([]);
  const text = ['it.sk', "ipIf(true)('x');"].join('');
  expect(check(reasonsForSkips, 'test/x.test.ts', text)).toHaveLength(1);
});
