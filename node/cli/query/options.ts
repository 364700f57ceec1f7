// The arguments of `npm run query`: what they take, and what of it makes sense together.

import type { Command } from 'commander';
import { nodeAddress } from '../../config/addresses.ts';
import { choice, duration, integer, list, text, value } from '../../config/values.ts';
import { STATUSES, type Status } from '../../core/model.ts';
import { AGGREGATE_RULE, isAggregate } from '../../http/query/aggregate.ts';
import { MAX_QUORUM, MAX_TOP, MAX_TRIES } from '../../http/query/limits.ts';
import { readThreshold, THRESHOLD_RULE } from '../../http/query/threshold.ts';
import {
  badUsage,
  checked,
  createCommand,
  join,
  type Parsed,
  parseWith,
  quoted,
} from '../arguments.ts';
import { DEFAULT_BASE_PORT } from '../options.ts';

/** Values of one filter are alternatives; filters, labels and thresholds must all hold. */
export interface QueryOptions {
  readonly url: string;
  readonly node: readonly string[];
  readonly metric: readonly string[];
  readonly label: readonly string[];
  readonly status: readonly Status[];
  readonly where: readonly string[];
  readonly aggregate: readonly string[];
  readonly by?: string;
  readonly top?: number;
  readonly quorum?: number;
  readonly tries?: number;
  readonly isJson: boolean;
  readonly timeoutMs: number;
  /** PEM file of an authority to trust besides the system's own. */
  readonly ca?: string;
}

export function parseQueryArguments(argv: readonly string[]): Parsed<QueryOptions> {
  const command = createCommand({
    name: 'npm run query --',
    about: 'Asks any node of a running cluster about all of them.',
    examples: [
      ['npm run query', 'every node and metric, from 127.0.0.1:4001'],
      ['npm run query -- --node n1 --metric cpu', 'one value'],
      ["npm run query -- --node 'web-*' --status suspect,dead", 'nodes that are suspect or dead'],
      ["npm run query -- --where 'cpu>80' --where 'memory>90'", 'nodes where both hold'],
      ['npm run query -- --metric cpu --aggregate avg,p95,count --by label:region', 'figures'],
      ['npm run query -- --metric cpu,memory --top 5', 'the five highest of each'],
      ['npm run query -- --node n7 --quorum 3', 'the state of n7 on which three nodes agree'],
      ['npm run query -- --url http://10.0.0.7:4001 --label region=eu --json', 'for programs'],
    ],
    remarks:
      'Lists have commas, or repeat the option; names may be patterns such as web-*.\n' +
      'Aggregates and rankings leave out the dead and the left, unless --status names them.\n' +
      'Exit code 1: no node matches, no quorum agrees, or no node answers.\n' +
      'Exit code 2: bad usage, or a node, metric or label that no node knows.',
  });
  addOptions(command);
  return parseWith(command, argv, readQuery);
}

function addOptions(command: Command): void {
  command
    .option(
      '--url <url>',
      'Node to ask: host:port or URL',
      `http://127.0.0.1:${DEFAULT_BASE_PORT + 1}`,
    )
    .option('--node <name,…>', 'Only these nodes', join)
    .option('--metric <name,…>', 'Only these metrics', join)
    .option('--label <name=value,…>', 'Only nodes with these labels', join)
    .option('--status <status,…>', `Only nodes that are ${STATUSES.join(', ')}`, join)
    .option('--where <threshold,…>', 'Only nodes for which all hold: cpu>80 (> >= < <= = !=)', join)
    .option('--aggregate <name,…>', 'count, min, max, avg, sum, p0 … p100 of each metric', join)
    .option('--by <label:name>', 'Aggregate or rank for each value of a label')
    .option('--top <n>', 'Only the n highest of each metric')
    .option('--quorum <n>', 'What n nodes agree on, of the one --node')
    .option('--tries <n>', 'How often a quorum asks at most (default: 3)')
    .option('--timeout <duration>', 'How long to wait for the answer', '5s')
    .option('--tls-ca <file>', 'Authority (PEM) to trust on https (default: PRIOMON_TLS_CA)')
    .option('--json', 'The answer of /query as JSON, whatever is asked');
}

const LABEL_RULE = 'must be of the form name=value';
const NAMES = list(text('name', 'must be a name or a pattern such as web-*', /^\S{1,128}$/));
const GROUP = text(
  'group',
  'must be metric, or label: and a name such as label:region',
  /^(metric|label:.{1,64})$/,
);
const LABELS = list(text('label', LABEL_RULE, /^[^=]+=.*$/));

/** The route's own rule, so that both take the same words. */
const word = (rule: string, isOne: (written: string) => boolean) =>
  list(value('name', rule, (input) => (isOne(String(input)) ? String(input) : undefined)));
const THRESHOLDS = word(THRESHOLD_RULE, (written) => readThreshold(written) !== undefined);
const AGGREGATES = word(AGGREGATE_RULE, isAggregate);

function readQuery(command: Command): QueryOptions {
  const given = command.opts();
  const many = <T>(option: string, schema: ReturnType<typeof list<T>>, written: unknown): T[] =>
    written === undefined ? [] : nonEmpty(option, checked(option, schema, written));
  const whole = (name: string, most: number): Record<string, number> =>
    given[name] === undefined
      ? {}
      : { [name]: checked(`--${name}`, integer(1, most), given[name]) };
  const options = {
    url: checked('--url', nodeAddress(), given.url),
    node: many('--node', NAMES, given.node),
    metric: many('--metric', NAMES, given.metric),
    label: many('--label', LABELS, given.label),
    status: many('--status', list(choice(STATUSES)), given.status),
    where: many('--where', THRESHOLDS, given.where),
    aggregate: many('--aggregate', AGGREGATES, given.aggregate),
    ...(given.by !== undefined && { by: checked('--by', GROUP, given.by) }),
    ...whole('top', MAX_TOP),
    ...whole('quorum', MAX_QUORUM),
    ...whole('tries', MAX_TRIES),
    isJson: given.json === true,
    timeoutMs: checked('--timeout', duration(100, 600_000), given.timeout),
    ...(given.tlsCa !== undefined && { ca: fileOf(given.tlsCa) }),
  };
  refuseMixed(options);
  return options;
}

/** An empty filter is a script's slip: it must not ask about everything. */
function nonEmpty<T>(option: string, values: T[]): T[] {
  if (values.length > 0) return values;
  throw badUsage(`${option} is empty; name something, or leave it out.`);
}

function fileOf(written: unknown): string {
  if (written === '') throw badUsage('--tls-ca is empty; name a file.');
  return String(written);
}

/** What a node would refuse too; here it is bad usage, and known without one. */
function refuseMixed(options: QueryOptions): void {
  const { quorum, node, tries, by, aggregate, top } = options;
  const isGrouped = aggregate.length > 0 || top !== undefined;
  if (by !== undefined && !isGrouped) throw badUsage('--by needs --aggregate or --top beside it.');
  if (quorum === undefined) {
    if (tries !== undefined) throw badUsage('--tries belongs to a quorum: give --quorum too.');
    return;
  }
  const [one, ...more] = node;
  if (one === undefined || more.length > 0 || /[*?[\]]/.test(one)) {
    const said = one === undefined ? '' : `, but --node says ${quoted(node.join(','))}`;
    throw badUsage(`--quorum asks about one node${said}: name that one with --node, no pattern.`);
  }
  const { label, status, where } = options;
  const lists = Object.entries({ label, status, where, aggregate });
  const other = lists.find(([, values]) => values.length > 0)?.[0] ?? (top && 'top');
  if (other) throw badUsage(`--${other} is for many nodes; leave out either it or --quorum.`);
}
