// A Worker's variables and secrets to what its objects are told: the settings of every node, and a
// few that only objects have.

import { readDnsName } from '../config/addresses.ts';
import { resolveConfig } from '../config/load.ts';
import { broken } from '../config/problem.ts';
import type { NodeConfig } from '../config/schema.ts';
import type { Environment } from '../config/sources/environment.ts';
import { readDuration, splitList } from '../config/values.ts';
import type { CheckTarget } from '../probes/edge/checks.ts';
import { EDGE_PROBES } from '../probes/edge/index.ts';
import type { WorkerEnvironment } from './platform.ts';
import { refusedMetrics, refusedSettings } from './refused-settings.ts';

export interface EdgeSettings {
  readonly config: NodeConfig;
  /** Names of all objects there are. */
  readonly nodes: readonly string[];
  /** Whether the free plan's daily limits are kept to. */
  readonly isFree: boolean;
  readonly checks: readonly CheckTarget[];
  readonly checkEveryMs: number;
}

export type EdgeReading =
  | { readonly isOk: true; readonly settings: EdgeSettings; readonly notes: readonly string[] }
  | { readonly isOk: false; readonly problems: readonly string[] };

/** What an object has where nothing is said: rounds that a free account can pay, calls far away. */
const DEFAULTS: Environment = {
  PRIOMON_ROUND: '10s',
  PRIOMON_EXCHANGE_TIMEOUT: '2s',
  // An invocation may make 50 calls; each of these messages goes to two peers.
  PRIOMON_URGENT_PER_SECOND: '1',
  PRIOMON_URGENT_BURST: '8',
};

const OWN = ['PRIOMON_NODES', 'PRIOMON_PLAN', 'PRIOMON_CHECKS', 'PRIOMON_CHECK_EVERY'] as const;
type Own = (typeof OWN)[number];

const NODE_NAME = /^[a-zA-Z0-9][\w.-]{0,63}$/;
const CHECK = /^([a-zA-Z][\w-]{0,31})\s*=\s*(https?:\/\/\S{1,180})$/;
/** Each is a call a minute; with the exchanges they have to fit into one invocation. */
const MAX_CHECKS = 10;
const CHECK_EVERY_MS = 60_000;
const MIN_CHECK_EVERY_MS = 10_000;

/** Bindings that are texts. */
const textsOf = (bindings: WorkerEnvironment): Environment =>
  Object.fromEntries(
    Object.entries(bindings).filter(
      (pair): pair is [string, string] => typeof pair[1] === 'string',
    ),
  );

/** Names of the objects there may be; what is no name is left out, and told by `readSettings`. */
export const nodesOf = (bindings: WorkerEnvironment): string[] =>
  [...new Set(splitList(textsOf(bindings).PRIOMON_NODES ?? ''))].filter((name) =>
    NODE_NAME.test(name),
  );

export function readSettings(bindings: WorkerEnvironment): EdgeReading {
  const texts = textsOf(bindings);
  const shared = Object.fromEntries(
    Object.entries(texts).filter(([name]) => !OWN.includes(name as Own)),
  );
  const refused = refusedSettings(shared);
  const own = readOwn(texts);
  const reading = resolveConfig({ environment: { ...DEFAULTS, ...shared }, probes: EDGE_PROBES });
  if (!reading.isOk) {
    const problems = reading.problems.map(({ message }) => message);
    return { isOk: false, problems: [...refused, ...own.problems, ...problems] };
  }
  const { config, notes } = reading;
  const problems = [...refused, ...own.problems, ...refusedMetrics(config), ...lookups(config)];
  if (problems.length === 0) problems.push(...openness(config));
  if (problems.length > 0) return { isOk: false, problems };
  return { isOk: true, settings: { config, ...own.settings }, notes };
}

/** Anybody on the Internet reaches a Worker. */
function openness({ allowOpen, security }: NodeConfig): string[] {
  if (allowOpen || security.secrets.length > 0) return [];
  return [
    'Any host can reach a Worker, and without a cluster secret each could write to it: give it ' +
      'the secret of the other nodes with `wrangler secret put PRIOMON_SECRET`, or set ' +
      'PRIOMON_ALLOW_OPEN to true.',
  ];
}

const lookups = ({ join }: NodeConfig): string[] =>
  join
    .filter((seed) => readDnsName(seed) !== undefined)
    .map((seed) => `A Durable Object cannot look names up; give PRIOMON_JOIN a URL, not ${seed}.`);

function readOwn(texts: Environment): {
  readonly settings: Omit<EdgeSettings, 'config'>;
  readonly problems: readonly string[];
} {
  const problems: string[] = [];
  const refuse = (name: Own, setting: string, value: unknown, rule: string): void => {
    problems.push(broken(setting, { value, where: name }, rule).message);
  };
  const nodes = splitList(texts.PRIOMON_NODES ?? '');
  const nameless = nodes.find((name) => !NODE_NAME.test(name));
  if (nameless !== undefined) {
    const rule = 'every item must be 1 to 64 letters, digits or . _ -, a letter or digit first';
    refuse('PRIOMON_NODES', 'nodes', nameless, rule);
  }
  const plan = texts.PRIOMON_PLAN?.trim() || 'free';
  if (plan !== 'free' && plan !== 'paid') {
    refuse('PRIOMON_PLAN', 'plan', plan, 'must be one of free, paid');
  }
  const checks = splitList(texts.PRIOMON_CHECKS ?? '').map((written) => {
    const [, name = '', url = ''] = CHECK.exec(written) ?? [];
    if (name === '' || !URL.canParse(url)) {
      const rule = 'every item must be a name and a URL, such as shop=https://shop.example/health';
      refuse('PRIOMON_CHECKS', 'checks', written, rule);
    }
    return { name, url };
  });
  if (checks.length > MAX_CHECKS) {
    refuse('PRIOMON_CHECKS', 'checks', checks.length, `there may be ${MAX_CHECKS} at most`);
  }
  const written = texts.PRIOMON_CHECK_EVERY?.trim() ?? '';
  const checkEveryMs = written === '' ? CHECK_EVERY_MS : (readDuration(written) ?? 0);
  if (checkEveryMs < MIN_CHECK_EVERY_MS) {
    refuse('PRIOMON_CHECK_EVERY', 'check_every', written, 'must be a duration of 10s at least');
  }
  const settings = { nodes: [...new Set(nodes)], isFree: plan === 'free', checks, checkEveryMs };
  return { settings, problems };
}
