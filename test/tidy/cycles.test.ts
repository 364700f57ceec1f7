import { expect, it } from 'vitest';
import { cycles } from './cycles.ts';
import { parse, readSources } from './source.ts';

it('no file imports itself by way of others, not even for a type', () => {
  expect(cycles(readSources())).toEqual([]);
});

it('a circle of imports is found, whatever its length, and when one of them is of a type', () => {
  const broken = [
    parse('node/a.ts', "import { b } from './b.ts';\nimport { d } from './d.ts';"),
    parse('node/b.ts', "import { c } from './c.ts';"),
    parse('node/c.ts', "import type { A } from './a.ts';"),
    parse('node/d.ts', "import 'valibot';\nimport { e } from './e.ts';"),
    parse('node/e.ts', "import { e } from './e.ts';"),
  ];
  expect(cycles(broken)).toEqual([
    'node/a.ts ↔ node/b.ts ↔ node/c.ts import one another',
    'node/e.ts import one another',
  ]);
});
