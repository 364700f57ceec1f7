// Settings that make sense on a machine and none in a Durable Object, each with the reason and the
// fix: what nobody reads must not look as if it worked.

import { SETTINGS } from '../config/catalogue.ts';
import type { NodeConfig } from '../config/schema.ts';
import type { Environment } from '../config/sources/environment.ts';

const NO_FILES = 'has no files';
const OWN_STORAGE = 'keeps its history in its own storage';

/** By setting: what completes "A Durable Object …". */
const REASONS: Readonly<Record<string, string>> = {
  id: 'is called as PRIOMON_NODES lists it',
  listen: 'listens nowhere: the Worker brings its requests',
  port: 'listens nowhere: the Worker brings its requests',
  allowed_hosts: 'is called by the names that its Worker has, and by no other',
  base_path: 'answers below /n/ and its name, always',
  data: OWN_STORAGE,
  resolve: 'cannot look names up',
  sample: 'measures once a round (PRIOMON_ROUND)',
  secret_file: `${NO_FILES}: its keys are the secret PRIOMON_SECRET (wrangler secret put)`,
  'tls.cert': `${NO_FILES}: Cloudflare answers https for it`,
  'tls.key': `${NO_FILES}: Cloudflare answers https for it`,
  'tls.ca': `${NO_FILES}: it trusts the authorities that Cloudflare trusts`,
  'storage.url': OWN_STORAGE,
  'storage.auth_token': OWN_STORAGE,
};

/** By standard metric: what there is none of to measure. */
const MISSING: Readonly<Record<string, string>> = {
  cpu: 'no processor to sample',
  load1: 'no processor to sample',
  memory: 'no memory of a machine to measure',
  swap: 'no memory of a machine to measure',
  network: 'no network interface to count at',
  storage: 'no file system to measure',
};

/** One sentence for each variable that is set and cannot hold here. */
export function refusedSettings(environment: Environment): string[] {
  return SETTINGS.flatMap(({ name, variables }) => {
    const reason = REASONS[name];
    const set = variables.find((variable) => (environment[variable] ?? '').trim() !== '');
    if (reason === undefined || set === undefined) return [];
    return `A Durable Object ${reason}; take ${set} out of its variables.`;
  });
}

/** The same for what `metrics` says of single metrics. */
export function refusedMetrics({ metrics }: Pick<NodeConfig, 'metrics'>): string[] {
  return Object.entries(metrics).flatMap(([name, { everyMs }]) => {
    const missing = MISSING[name];
    if (missing !== undefined) {
      return `A Durable Object has ${missing}: take ${name} out of PRIOMON_METRICS.`;
    }
    if (everyMs === undefined) return [];
    return (
      'A Durable Object measures once a round, and checks every PRIOMON_CHECK_EVERY: ' +
      `take ${name}.every out of PRIOMON_METRICS.`
    );
  });
}
