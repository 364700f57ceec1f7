// Reads the files of deploy/ for the tests of them.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { resolveConfig } from '../../node/config/load.ts';

export const ROOT = join(import.meta.dirname, '../..');

export const readText = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

/** Nested texts, numbers, lists and groups, as JSON has them. */
export type Tree = { readonly [key: string]: unknown };

export function readYaml(path: string): Tree[] {
  return parseAllDocuments(readText(path), { merge: true, strict: true }).map((document) => {
    for (const problem of document.errors) throw problem;
    return document.toJS() as Tree;
  });
}

/** A way into a tree, such as `spec.template.spec`; undefined where there is nothing. */
export function at(tree: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>((part, key) => (part as Tree | undefined)?.[key], tree);
}

/** What a node that was started with these variables would warn about. */
export function warnings(environment: Readonly<Record<string, string>>): string[] {
  const result = resolveConfig({ environment });
  return result.isOk ? [] : result.problems.map(({ message }) => message);
}

export interface Instruction {
  /** In capitals, such as RUN. */
  readonly keyword: string;
  readonly words: string;
}

/** The stages of a Dockerfile by name; the last one, which is built by default, as `default`. */
export function readStages(path: string): Map<string, Instruction[]> {
  const text = readText(path)
    .replace(/^#.*\n/gm, '')
    .replace(/\\\n/g, ' ');
  const stages = new Map<string, Instruction[]>();
  let current: Instruction[] = [];
  for (const line of text.split('\n').filter((one) => one.trim() !== '')) {
    const [, keyword = '', words = ''] = /^(\S+)\s+(.*)$/.exec(line) ?? [];
    if (keyword === 'FROM') {
      current = [];
      stages.set(/ AS (\S+)$/.exec(words)?.[1] ?? 'default', current);
    }
    current.push({ keyword, words: words.replace(/\s+/g, ' ').trim() });
  }
  return stages;
}
