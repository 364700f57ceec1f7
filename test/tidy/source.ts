// The project's own sources as trees, for the rules of the house to be checked on.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import * as ts from 'typescript';

export interface Source {
  /** From the project's root, with forward slashes. */
  readonly path: string;
  readonly text: string;
  readonly tree: ts.SourceFile;
}

/** One breach of a rule, in words. */
export type Problem = string;
export type Rule = (source: Source) => Problem[];

/** Folders that hold code of ours; recorded texts and what tools generate do not count. */
const ROOTS = ['node', 'test', 'analysis-site/src'];
const SKIPPED = /\/(recorded|node_modules|dist)\//;

export const parse = (path: string, text: string): Source => ({
  path,
  text,
  tree: ts.createSourceFile(path, text, ts.ScriptTarget.ESNext, true, ts.ScriptKind.TS),
});

let sources: readonly Source[] | undefined;

/** Read and parsed once, for that takes a second. */
export function readSources(): readonly Source[] {
  sources ??= pathsOf(/\.ts$/).map((path) => parse(path, readFileSync(path, 'utf8')));
  return sources;
}

/** Pages and styles: nothing of them is parsed, but they have to be read as well. */
export const readPages = (): Pick<Source, 'path' | 'text'>[] =>
  pathsOf(/\.(astro|css)$/).map((path) => ({ path, text: readFileSync(path, 'utf8') }));

const pathsOf = (kind: RegExp): string[] =>
  ROOTS.filter(existsSync)
    .flatMap((root) =>
      readdirSync(root, { recursive: true, encoding: 'utf8' }).map((path) =>
        join(root, path).replaceAll('\\', '/'),
      ),
    )
    .filter((path) => kind.test(path) && !SKIPPED.test(path))
    .sort();

export const lineOf = ({ tree }: Source, position: number): number =>
  tree.getLineAndCharacterOfPosition(position).line + 1;

export function walk(node: ts.Node, visit: (node: ts.Node) => void): void {
  visit(node);
  ts.forEachChild(node, (child) => walk(child, visit));
}

export interface Import {
  /** As written. */
  readonly specifier: string;
  /** From the root, when it is relative. */
  readonly path: string | undefined;
  /** Gone when the code runs. */
  readonly typeOnly: boolean;
}

/** Static imports, re-exports and `import()` of a literal. */
export function importsOf({ path, tree }: Source): Import[] {
  const found: Import[] = [];
  const add = (literal: ts.Node | undefined, typeOnly: boolean): void => {
    if (literal === undefined || !ts.isStringLiteral(literal)) return;
    const specifier = literal.text;
    const relative = specifier.startsWith('.');
    const target = relative ? posix.join(posix.dirname(path), specifier) : undefined;
    found.push({ specifier, path: target, typeOnly });
  };
  walk(tree, (node) => {
    if (ts.isImportDeclaration(node)) add(node.moduleSpecifier, isTypeOnly(node.importClause));
    else if (ts.isExportDeclaration(node)) add(node.moduleSpecifier, node.isTypeOnly);
    else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      add(node.arguments[0], false);
    }
  });
  return found;
}

function isTypeOnly(clause: ts.ImportClause | undefined): boolean {
  if (clause === undefined) return false;
  if (clause.phaseModifier === ts.SyntaxKind.TypeKeyword) return true;
  const bindings = clause.namedBindings;
  if (clause.name !== undefined || bindings === undefined || !ts.isNamedImports(bindings)) {
    return false;
  }
  return bindings.elements.length > 0 && bindings.elements.every((item) => item.isTypeOnly);
}

/** Every comment, each once. */
export function commentsOf({ text, tree }: Source): ts.CommentRange[] {
  const byStart = new Map<number, ts.CommentRange>();
  const take = (node: ts.Node): void => {
    // Only tokens have trivia of their own; texts with `//` inside are tokens as well.
    if (node.getChildCount(tree) === 0) {
      for (const range of ts.getLeadingCommentRanges(text, node.pos) ?? []) {
        byStart.set(range.pos, range);
      }
      for (const range of ts.getTrailingCommentRanges(text, node.end) ?? []) {
        byStart.set(range.pos, range);
      }
    }
    for (const child of node.getChildren(tree)) take(child);
  };
  take(tree);
  return [...byStart.values()];
}
