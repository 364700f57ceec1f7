// YAML text into plain values, with the line each was written on.

import { isMap, isScalar, isSeq, LineCounter, parseDocument } from 'yaml';
import type { Problem } from '../problem.ts';
import { isTree, type Layer } from './layer.ts';

/** Aliases may repeat so much and no more: a few lines of them can stand for gigabytes. */
const MAX_ALIASES = 100;
/** One slip often makes many faults; the first ones show it. */
const MAX_FAULTS = 5;

/** `tabWidth` turns the tabs before a line's text into spaces, which YAML itself forbids. */
export function readYaml(
  name: string,
  text: string,
  options: { readonly tabWidth?: number } = {},
): { layer: Layer; problems: Problem[] } {
  const empty: Layer = { values: {}, origins: new Map() };
  const fail = (message: string, where = name) => ({
    layer: empty,
    problems: [{ setting: '', where, message }],
  });
  const width = options.tabWidth ?? 0;
  const source = width === 0 ? text : text.replace(/^[ \t]+/gm, (lead) => spaces(lead, width));
  try {
    const lines = new LineCounter();
    const document = parseDocument(source, {
      ...{ lineCounter: lines, prettyErrors: false },
      // What it would print about odd keys is said below: no setting is called so.
      logLevel: 'error',
    });
    const faults = [...document.errors, ...document.warnings];
    if (faults.length > 0) {
      const problems = faults.slice(0, MAX_FAULTS).map(({ message, pos: [position] }) => {
        const where = `${name} line ${lines.linePos(position).line}`;
        return { setting: '', where, message: `${where} is not valid YAML: ${reason(message)}.` };
      });
      return { layer: empty, problems };
    }
    const values: unknown = document.toJS({ maxAliasCount: MAX_ALIASES }) ?? {};
    if (!isTree(values)) return fail(`${name} must hold settings, one "name: value" a line.`);
    const origins = new Map<string, string>();
    const lineOf = (offset: number) => `${name} line ${lines.linePos(offset).line}`;
    noteLines(document.contents, [], (path, offset) => origins.set(path, lineOf(offset)));
    return { layer: { values, origins }, problems: [] };
  } catch (error) {
    // The library throws for too many aliases, and runs out of stack when nesting is absurd.
    const message = error instanceof Error ? error.message : String(error);
    return fail(`${name} cannot be read as YAML: ${reason(message)}.`);
  }
}

/** The library reports even its own lack of stack as a fault of the text. */
const reason = (message: string): string =>
  /call stack/.test(message)
    ? 'it is nested too deeply'
    : (message.split('\n')[0] ?? '').replace(/[.:]$/, '');

const spaces = (lead: string, width: number): string => lead.replaceAll('\t', ' '.repeat(width));

/** Calls back for every key and list item with its dotted path and its place in the text. */
function noteLines(
  node: unknown,
  parents: readonly string[],
  note: (path: string, offset: number) => void,
): void {
  const visit = (key: string, at: unknown, value: unknown): void => {
    const range = (at as { range?: readonly number[] | null } | null)?.range;
    const path = [...parents, key];
    if (range?.[0] !== undefined) note(path.join('.'), range[0]);
    noteLines(value, path, note);
  };
  if (isMap(node)) {
    for (const { key, value } of node.items)
      visit(String(isScalar(key) ? key.value : key), key, value);
  } else if (isSeq(node)) {
    for (const [index, item] of node.items.entries()) visit(String(index), item, item);
  }
}
