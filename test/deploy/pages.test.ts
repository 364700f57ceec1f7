import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT, readText } from './support.ts';

const filesIn = (folder: string): string[] =>
  readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(ROOT.length + 1))
    .filter((path) => !path.includes('.wrangler'));

const PAGES = filesIn('deploy').filter((path) => path.endsWith('.md'));
const TARGETS = PAGES.filter((path) => !path.endsWith('README.md'));
const index = readText('deploy/README.md');

describe('the pages of deploy/', () => {
  it('are all in the index, and so is every file', () => {
    for (const path of filesIn('deploy')) {
      if (path !== 'deploy/README.md') expect(index).toContain(path.slice('deploy/'.length));
    }
  });

  it.each(PAGES)('%s leads nowhere that there is not', (page) => {
    for (const [, link = ''] of readText(page).matchAll(/\]\(([^)#]+)(?:#[^)]*)?\)/g)) {
      if (link.startsWith('http')) continue;
      expect(existsSync(join(ROOT, dirname(page), link)), link).toBe(true);
    }
  });

  it.each(PAGES)('%s names commands that there are', (page) => {
    const { scripts } = JSON.parse(readText('package.json')) as { scripts: object };
    for (const [, name = ''] of readText(page).matchAll(/npm run ([\w:]+)/g)) {
      expect(Object.keys(scripts)).toContain(name);
    }
    for (const [path] of readText(page).matchAll(/(?<![\w/])deploy\/[\w./-]*\w\b/g)) {
      // What a page tells to make is not there yet.
      if (!/^deploy\/(secret|\.env)$/.test(path))
        expect(existsSync(join(ROOT, path)), path).toBe(true);
    }
  });

  it.each(TARGETS)('%s says how to put it up, to upgrade it and to go back', (page) => {
    const text = readText(page).toLowerCase();
    expect(text).toMatch(/^## (install|put it up|deploy)/m);
    expect(text).toMatch(/^## upgrade/m);
    expect(text).toMatch(/^## (upgrade and )?roll back/m);
  });
});

describe('what was run', () => {
  const checks = readdirSync(join(ROOT, 'test/deploy/check'))
    .filter((name) => name.endsWith('.check.ts'))
    .map((name) => name.replace('.check.ts', ''))
    .sort();

  it.each(['deploy/README.md', 'README.md'])('has a command for each target in %s', (page) => {
    const named = [...readText(page).matchAll(/^\|.*`(?:npm run check:deploy|…) -- (\w+)`/gm)];
    expect(named.map(([, name]) => name).sort()).toEqual(checks);
  });
});
