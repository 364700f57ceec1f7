// What PrioMon's INI says about experiments: a single node ignores these, an experiment runs them.

import type * as v from 'valibot';
import { duration, integer, list, share, text, toggle, type ValueSchema } from './values.ts';

const HOUR_MS = 3_600_000;
const asIs = text('text', 'must be one short text', /^[^\n]{1,1000}$/);

/** By the INI's own key: the field it fills, and what it takes. */
export const EXPERIMENT_KEYS = {
  node_range: { field: 'nodeRange', schema: list(integer(1, 100_000)) },
  gossip_rate_range: { field: 'gossipRateRangeMs', schema: list(duration(10, HOUR_MS)) },
  target_count_range: { field: 'targetCountRange', schema: list(integer(1, 16)) },
  runs: { field: 'runs', schema: integer(1, 10_000) },
  continue_after_convergence: { field: 'continueAfterConvergence', schema: toggle() },
  push_mode: { field: 'pushMode', schema: toggle() },
  client_port: { field: 'basePort', schema: integer(1, 65_535) },
  query_logic: { field: 'queryLogic', schema: toggle() },
  failure_rate: { field: 'failureRate', schema: share(0, 1) },
  docker_ip: { field: 'dockerIp', schema: asIs },
  is_send_data_back: { field: 'isSendDataBack', schema: toggle() },
  db_file: { field: 'databaseFile', schema: asIs },
} as const satisfies Record<string, { field: string; schema: ValueSchema<unknown> }>;

type Keys = typeof EXPERIMENT_KEYS;

/** Only what the file gave. `basePort` is its client_port: node i listens on the port i above. */
export type ExperimentSettings = {
  readonly [K in keyof Keys as Keys[K]['field']]?: v.InferOutput<Keys[K]['schema']>;
};

export const isExperimentKey = (key: string): key is keyof Keys =>
  Object.hasOwn(EXPERIMENT_KEYS, key);
