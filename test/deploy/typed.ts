// Checks Kubernetes manifests against the types of its API. The API's own schemas let unknown
// fields pass, and a misspelled one is what goes wrong most; TypeScript refuses them in a literal.

import { join } from 'node:path';
import * as ts from 'typescript';
import { ROOT, type Tree } from './support.ts';

/** Where the package has the type of a kind. */
const MODULES: Readonly<Record<string, string>> = {
  v1: 'kubernetes-models/v1',
  'apps/v1': 'kubernetes-models/apps/v1',
};

const OPTIONS: ts.CompilerOptions = {
  strict: true,
  noEmit: true,
  skipLibCheck: true,
  types: [],
  target: ts.ScriptTarget.ESNext,
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
};

/** Sentences, each of which names the field. */
export function typeProblems(manifests: readonly Tree[]): string[] {
  const file = join(ROOT, 'test/deploy/manifests.ts');
  const text = manifests.map(literalOf).join('\n');
  const host = ts.createCompilerHost(OPTIONS);
  const { getSourceFile, fileExists } = host;
  host.fileExists = (path) => path === file || fileExists(path);
  host.getSourceFile = (path, ...rest) =>
    path === file ? ts.createSourceFile(file, text, rest[0]) : getSourceFile(path, ...rest);
  const program = ts.createProgram([file], OPTIONS, host);
  return ts
    .getPreEmitDiagnostics(program)
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, ' '));
}

function literalOf(manifest: Tree, index: number): string {
  const { apiVersion, kind } = manifest;
  const module = MODULES[String(apiVersion)];
  if (module === undefined) throw new Error(`no types for apiVersion ${apiVersion}`);
  const type = `import('${module}/${kind}').I${kind}`;
  return `export const manifest${index}: ${type} = ${JSON.stringify(manifest, null, 1)};`;
}
