// Rules that one file can break by itself: sizes, comments, bans.

import * as ts from 'typescript';
import { layerOf } from './arrows.ts';
import {
  commentsOf,
  importsOf,
  lineOf,
  type Problem,
  type Rule,
  type Source,
  walk,
} from './source.ts';

/** These limits only ratchet down. */
export const LIMITS = {
  fileLines: 300,
  lineLength: 100,
  /** Of a function itself, without the functions inside it: a factory is what it holds together. */
  functionLines: 50,
  /** Of a function with all that is inside it. */
  factoryLines: 100,
  runtimeEntryLines: 40,
  /** Share of the lines of a folder that carry a comment. */
  minCommentShare: 0.05,
  maxCommentShare: 0.35,
} as const;

/** Files of `node/runtime/` that a runtime starts; helpers beside them are not entries. */
const RUNTIME_ENTRIES = ['node', 'deno', 'worker'].map((name) => `node/runtime/${name}.ts`);

const linesOf = (text: string): string[] => text.replace(/\n$/, '').split('\n');

export const fileLength = ({ path, text }: Pick<Source, 'path' | 'text'>): Problem[] => {
  const { length } = linesOf(text);
  const limit = RUNTIME_ENTRIES.includes(path) ? LIMITS.runtimeEntryLines : LIMITS.fileLines;
  return length > limit ? [`${path} has ${length} lines, ${limit} are allowed`] : [];
};

export const lineLength: Rule = ({ path, text }) =>
  linesOf(text).flatMap((line, i) =>
    line.length > LIMITS.lineLength ? [`${path}:${i + 1} has ${line.length} characters`] : [],
  );

/** A group of tests is as long as its tests together, so it does not count. */
export const functionLength: Rule = (source) => {
  const problems: Problem[] = [];
  walk(source.tree, (node) => {
    if (!isFunction(node) || isGroupOfTests(node)) return;
    const where = `${source.path}:${lineOf(source, node.getStart(source.tree))}`;
    const whole = height(source, node);
    const own = whole - innerLines(source, node);
    if (own > LIMITS.functionLines) problems.push(`${where} is a function of ${own} lines`);
    if (whole > LIMITS.factoryLines) problems.push(`${where} holds ${whole} lines`);
  });
  return problems;
};

const isFunction = (node: ts.Node): boolean =>
  ts.isFunctionLike(node) && 'body' in node && node.body !== undefined;

const height = (source: Source, node: ts.Node): number =>
  lineOf(source, node.end) - lineOf(source, node.getStart(source.tree)) + 1;

/** Lines of the functions inside, beyond the one each that they take anyway. */
function innerLines(source: Source, node: ts.Node): number {
  let lines = 0;
  ts.forEachChild(node, (child) => {
    lines += isFunction(child) ? height(source, child) - 1 : innerLines(source, child);
  });
  return lines;
}

function isGroupOfTests(node: ts.Node): boolean {
  let found = false;
  walk(node, (inner) => {
    if (ts.isCallExpression(inner)) found ||= /^(describe|it)\b/.test(inner.expression.getText());
  });
  return found;
}

export const openingComment: Rule = ({ path, text }) =>
  /^(#!.*\n+)?(\/\/ |\/\*)/.test(text) ? [] : [`${path} does not open with its job`];

const LEFT_OVER = /\b(TODO|FIXME|XXX|HACK)\b/;

export const nothingLeftOver: Rule = (source) =>
  commentsOf(source)
    .filter(({ pos, end }) => LEFT_OVER.test(source.text.slice(pos, end)))
    .map(({ pos }) => `${source.path}:${lineOf(source, pos)} leaves something to do`);

/** Folders whose comments are too few to guide or too many to read. */
export function commentShares(sources: readonly Source[]): Problem[] {
  const folders = new Map<string, { lines: number; comments: number }>();
  for (const source of sources) {
    const folder = source.path.replace(/\/[^/]*$/, '');
    const sum = folders.get(folder) ?? { lines: 0, comments: 0 };
    sum.lines += linesOf(source.text).filter((line) => line.trim() !== '').length;
    sum.comments += commentLines(source);
    folders.set(folder, sum);
  }
  return [...folders].flatMap(([folder, { lines, comments }]) => {
    const share = comments / lines;
    const fine = share >= LIMITS.minCommentShare && share <= LIMITS.maxCommentShare;
    return fine ? [] : [`${folder} has ${(share * 100).toFixed(1)} % of comments`];
  });
}

function commentLines(source: Source): number {
  const lines = new Set<number>();
  for (const { pos, end } of commentsOf(source)) {
    for (let line = lineOf(source, pos); line <= lineOf(source, end); line++) lines.add(line);
  }
  return lines.size;
}

/** A test that is skipped by these says nothing of what it lacks. */
const SILENT_SKIP = /\.(runIf|skipIf|todo)\(/;

export const reasonsForSkips: Rule = ({ path, text }) =>
  SILENT_SKIP.test(text) ? [`${path} skips without a reason: see test/support/lacking.ts`] : [];

export const noAny: Rule = (source) => {
  const problems: Problem[] = [];
  walk(source.tree, (node) => {
    const where = `${source.path}:${lineOf(source, node.pos)}`;
    if (node.kind === ts.SyntaxKind.AnyKeyword) problems.push(`${where} says any`);
    if (ts.isNonNullExpression(node)) problems.push(`${where} asserts with !`);
    const isLate = ts.isPropertyDeclaration(node) || ts.isVariableDeclaration(node);
    if (isLate && node.exclamationToken !== undefined) problems.push(`${where} asserts with !`);
  });
  return problems;
};

export const noDefaultExport: Rule = (source) => {
  const problems: Problem[] = [];
  walk(source.tree, (node) => {
    const assigned = ts.isExportAssignment(node);
    const modified =
      ts.canHaveModifiers(node) &&
      ts.getModifiers(node)?.some(({ kind }) => kind === ts.SyntaxKind.DefaultKeyword) === true;
    if (assigned || modified) problems.push(`${source.path} has a default export`);
  });
  return problems;
};

export const extensions: Rule = (source) =>
  importsOf(source)
    .filter(({ path }) => path !== undefined && !path.endsWith('.ts'))
    .map(({ specifier }) => `${source.path} imports ${specifier} without .ts`);

/** What would make the protocol depend on anything but its arguments. */
const IMPURE = new Set([
  'Date',
  'performance',
  'setTimeout',
  'setInterval',
  'setImmediate',
  'queueMicrotask',
  'console',
  'process',
  'fetch',
  'crypto',
  'globalThis',
]);

export const pureCore: Rule = (source) => {
  if (layerOf(source.path) !== 'core') return [];
  const problems: Problem[] = [];
  walk(source.tree, (node) => {
    if (!ts.isIdentifier(node) || isPropertyName(node)) return;
    const where = `${source.path}:${lineOf(source, node.pos)}`;
    const random =
      node.text === 'Math' && /^Math\s*(\?\.|\.|\[)\s*['"]?random/.test(node.parent.getText());
    if (IMPURE.has(node.text)) problems.push(`${where} uses ${node.text}`);
    if (random) problems.push(`${where} uses Math.random`);
  });
  return problems;
};

/** The name of a property or of a member, which reaches nothing outside. */
function isPropertyName(node: ts.Identifier): boolean {
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent)) return parent.name === node;
  const named =
    ts.isPropertyAssignment(parent) ||
    ts.isPropertySignature(parent) ||
    ts.isMethodSignature(parent) ||
    ts.isMethodDeclaration(parent);
  return named && parent.name === node;
}
