// Which file may import which, as the layout says: arrows point inwards, siblings do not know one
// another, and what needs an operating system stands where only such runtimes see it.

import * as ts from 'typescript';
import { importsOf, type Problem, type Rule, type Source } from './source.ts';

/** The first pattern that fits names a file's layer. */
const LAYERS: readonly (readonly [layer: string, pattern: RegExp])[] = [
  ['core', /^node\/core\//],
  ['ports', /^node\/ports\.ts$/],
  ['errors', /^node\/errors\.ts$/],
  ['config', /^node\/config\//],
  // Whom a node believes: portable, and of use wherever messages or calls come and go.
  ['signing', /^node\/signing\//],
  // What the app is made of.
  ['app', /^node\/(app\.ts$|http\/|dashboard\/)/],
  ['client', /^node\/(client\.ts$|client\/)/],
  ['driver', /^node\/(driver\.ts$|driver\/)/],
  ['probes', /^node\/probes\//],
  ['exporters', /^node\/exporters\//],
  ['alerts', /^node\/alerts\//],
  ['storage', /^node\/storage\//],
  ['transport', /^node\/transport\//],
  // Composition: puts the parts together for machines with an operating system.
  ['host', /^node\/host\//],
  // The same for objects without one: what it takes of the host needs no operating system either.
  ['edge', /^node\/edge\//],
  ['experiment', /^node\/experiment\//],
  // Deno's node is the same command as Node's.
  ['cli', /^node\/runtime\/deno\.ts$/],
  ['runtime', /^node\/runtime\//],
  ['cli', /^node\/cli\//],
  ['site', /^analysis-site\//],
  ['test', /^test\//],
];

const INNER = ['ports', 'errors', 'config', 'core', 'signing'];
const PARTS = ['app', 'driver', 'probes', 'exporters', 'alerts', 'storage', 'transport'];
const BELOW = [...INNER, ...PARTS, 'client', 'host'];

/** Besides itself, what a layer may import. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  core: [],
  ports: ['core'],
  errors: ['ports'],
  config: ['core', 'errors'],
  signing: ['core', 'errors', 'ports'],
  ...Object.fromEntries(PARTS.map((part) => [part, INNER])),
  // Takes the types of the answers from who gives them.
  client: ['core', 'errors', 'app', 'signing'],
  host: BELOW,
  edge: BELOW,
  experiment: BELOW,
  runtime: [...BELOW, 'edge'],
  cli: [...BELOW, 'experiment'],
  site: ['core', 'storage', 'experiment'],
  test: [...BELOW, 'edge', 'experiment', 'runtime', 'cli', 'site'],
};

export const layerOf = (path: string): string | undefined =>
  LAYERS.find(([, pattern]) => pattern.test(path))?.[0];

export const arrows: Rule = (source) => {
  const from = layerOf(source.path);
  if (from === undefined) return [`${source.path} belongs to no layer`];
  return importsOf(source).flatMap(({ path }) => {
    const to = path === undefined ? from : layerOf(path);
    if (to === from || (to !== undefined && ALLOWED[from]?.includes(to))) return [];
    return [`${source.path} (${from}) imports ${path} (${to ?? 'no layer'})`];
  });
};

const CORE_PACKAGES = ['valibot', '@msgpack/msgpack'];

export const corePackages: Rule = (source) =>
  layerOf(source.path) !== 'core'
    ? []
    : importsOf(source)
        .filter(({ path, specifier }) => path === undefined && !CORE_PACKAGES.includes(specifier))
        .map(({ specifier }) => `${source.path} imports ${specifier}`);

/** Files that need an operating system; all else runs in a Worker as well. */
const OS_PLACES = [
  /^node\/(runtime|host|cli|experiment|probes)\//,
  /^node\/config\/sources\/file\.ts$/,
  /^node\/storage\/(thread|files)\//,
  // Only experiments and their readers have results, on machines with an operating system.
  /^node\/storage\/results\//,
  /^node\/transport\/(node-http|support\/(connection-pool|guarded-lookup|trust))\.ts$/,
  /^test\//,
  /^analysis-site\//,
];

const isOfOs = (specifier: string): boolean =>
  specifier.startsWith('node:') || specifier === 'systeminformation';

export const osOnlyWhereNeeded: Rule = (source) =>
  OS_PLACES.some((place) => place.test(source.path))
    ? []
    : importsOf(source)
        .filter(({ specifier }) => isOfOs(specifier))
        .map(({ specifier }) => `${source.path} imports ${specifier}`);

/** What a Worker loads: neither these nor anything they lead to may need an operating system. */
export const PORTABLE_ENTRIES = [
  'node/app.ts',
  'node/client.ts',
  'node/driver.ts',
  'node/config/schema.ts',
  'node/signing/gate.ts',
  'node/signing/signer.ts',
  'node/storage/database/memory-store.ts',
  'node/transport/fetch.ts',
  'node/transport/in-process.ts',
  'node/transport/signed.ts',
  'node/transport/reporting.ts',
];

/** Ways from portable entries to modules of an operating system; types are gone by then. */
export function waysToOs(sources: readonly Source[], entries: readonly string[]): Problem[] {
  const byPath = new Map(sources.map((source) => [source.path, source]));
  const problems: Problem[] = [];
  const seen = new Set<string>();
  const follow = (path: string, way: readonly string[]): void => {
    const source = byPath.get(path);
    if (source === undefined || seen.has(path)) return;
    seen.add(path);
    for (const found of importsOf(source)) {
      if (found.typeOnly) continue;
      const further = [...way, found.path ?? found.specifier];
      if (isOfOs(found.specifier)) problems.push(further.join(' → '));
      if (found.path !== undefined) follow(found.path, further);
    }
  };
  for (const entry of entries) follow(entry, [entry]);
  return problems;
}

const PORT_TYPES = /^(Promise<)?(Probe|Exporter|Notifier|Store|Transport)>?$/;
const ADAPTER_LAYERS = ['probes', 'exporters', 'alerts', 'storage', 'transport'];

/** Exports a factory of a port; the arrays that list adapters are none themselves. */
function isAdapter({ path, tree }: Source): boolean {
  const layer = layerOf(path);
  if (layer === undefined || !ADAPTER_LAYERS.includes(layer) || isArray(path)) return false;
  return tree.statements.some(
    (statement) =>
      ts.isFunctionDeclaration(statement) &&
      statement.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) === true &&
      PORT_TYPES.test(statement.type?.getText(tree) ?? ''),
  );
}

const isArray = (path: string): boolean => path.endsWith('/index.ts');

/** Adapters of one port that know one another. */
export function siblings(sources: readonly Source[]): Problem[] {
  const adapters = new Map(sources.filter(isAdapter).map((source) => [source.path, source]));
  return [...adapters.values()].flatMap((source) =>
    importsOf(source)
      .filter(({ path }) => path !== undefined && (adapters.has(path) || isArray(path)))
      .map(({ path }) => `${source.path} imports its sibling ${path}`),
  );
}
