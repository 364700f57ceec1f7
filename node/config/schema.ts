// The one schema of a node's configuration. Keys are as YAML has them; flags and variables are
// derived from them (`storage.max_bytes`: --storage-max-bytes, PRIOMON_STORAGE_MAX_BYTES).

import * as v from 'valibot';
import type { Labels } from '../core/model.ts';
import type { ProtocolSettings } from '../core/settings.ts';
import { isPlain, PLAIN_RULE } from '../core/wire/printable.ts';
import { advertisedUrl, databaseUrl, host, isLoopback, seeds } from './addresses.ts';
import { PROTOCOL_ENTRIES, toProtocolSettings } from './protocol.ts';
import { SECURITY_ENTRIES, type SecurityConfig, toSecurity } from './security.ts';
import { maybe, setting } from './setting.ts';
import { type MetricOverride, metrics } from './sources/overrides.ts';
import { bytes, choice, duration, integer, list, readText, text, toggle, value } from './values.ts';

export const LOG_LEVELS = ['error', 'warn', 'info', 'debug'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export interface StorageConfig {
  readonly enabled: boolean;
  /** A libSQL server; without one, a file in the data folder. */
  readonly url?: string;
  readonly authToken?: string;
  /** Samples older than this are removed, ms. */
  readonly retentionMs: number;
  /** Of the database file; the oldest samples go first. */
  readonly maxBytes: number;
  /** With a server: of the file where rows wait for it; 0: they wait in memory alone. */
  readonly spoolMaxBytes: number;
}

/** All a node is told before it starts; past the schema these are true. */
export interface NodeConfig {
  /** Absent: made from the host name. */
  readonly id?: string;
  /** Host to listen on. */
  readonly listen: string;
  /** 0 takes any free port. */
  readonly port: number;
  /** URL peers reach the node at; empty: it only calls out; absent: made from listen and port. */
  readonly advertise?: string;
  readonly allowOpen: boolean;
  readonly join: readonly string[];
  /** How often names in `join` are looked up again, ms. */
  readonly resolveMs: number;
  /** Folder for what the node keeps. */
  readonly data: string;
  /** Empty, or starting with a slash and not ending in one. */
  readonly basePath: string;
  readonly labels: Labels;
  readonly logLevel: LogLevel;
  /** Sampling period, ms. */
  readonly sampleMs: number;
  /** By metric name. */
  readonly metrics: Readonly<Record<string, MetricOverride>>;
  /** Probes that do not run. */
  readonly disabled: readonly string[];
  /** Where the machine to watch is mounted; absent: the one that the node runs on. */
  readonly hostRoot?: string;
  readonly settings: ProtocolSettings;
  readonly storage: StorageConfig;
  readonly security: SecurityConfig;
}

const HOUR_MS = 3_600_000;
const YEAR_MS = 365 * 24 * HOUR_MS;
/** What the wire allows for labels. */
const MAX_LABELS = 16;
const LABEL_NAME = /^[a-zA-Z][\w.-]{0,63}$/;
const LABEL_VALUE_LENGTH = 64;

const ID_RULE = 'must be 1 to 64 letters, digits or . _ -, starting with a letter or digit';
const PATH_RULE = 'must start with a slash and hold letters, digits or . _ - /, such as /priomon';

const labels = value(
  'name=value,…',
  `must be at most ${MAX_LABELS} pairs of a name (a letter first) and a text, 64 characters ` +
    `each, ${PLAIN_RULE}`,
  (input): Labels | undefined => {
    if (input === null) return {};
    if (typeof input !== 'object' || Array.isArray(input)) return undefined;
    const pairs = Object.entries(input).map(([name, given]) => [name, readText(given)] as const);
    const isSound = pairs.every(
      ([name, label]) =>
        LABEL_NAME.test(name) &&
        label !== undefined &&
        label.length <= LABEL_VALUE_LENGTH &&
        isPlain(label),
    );
    if (!isSound || pairs.length > MAX_LABELS) return undefined;
    return Object.fromEntries(pairs.map(([name, label]) => [name, label ?? '']));
  },
  'map',
);

const STORAGE_ENTRIES = {
  enabled: setting(toggle(), true, 'Store samples and events.', { flag: 'storage' }),
  url: maybe(databaseUrl(), 'A libSQL server or Turso to store in.', {
    otherwise: 'a file in the data folder',
    alias: 'LIBSQL_URL',
    isSecret: true,
  }),
  auth_token: maybe(
    text('token', 'must be a token without spaces', /^\S{1,4096}$/),
    'Token for that server; prefer the variable, for other users can see flags.',
    { alias: 'LIBSQL_AUTH_TOKEN', isSecret: true },
  ),
  retention: setting(
    duration(60_000, 10 * YEAR_MS),
    '7d',
    'Samples older than this are removed from the store.',
  ),
  max_bytes: setting(
    bytes(2 ** 20, 2 ** 40),
    '256MiB',
    'Size of the database file at most; the oldest samples go first.',
  ),
  spool_max_bytes: setting(
    bytes(0, 2 ** 40),
    '64MiB',
    'Size of the file where rows wait for a server, at most; the oldest go first; 0: no file.',
  ),
};

/** Every setting there is, in the order of documents and help. */
export const SETTING_ENTRIES = {
  id: maybe(
    text('name', ID_RULE, /^[a-zA-Z0-9][\w.-]{0,63}$/),
    'Name of the node, unique in its cluster.',
    { otherwise: 'the host name' },
  ),
  listen: setting(host(), '127.0.0.1', 'Address to listen on.'),
  port: setting(integer(0, 65_535, '0 takes any free one'), 4001, 'TCP port to listen on.'),
  advertise: maybe(
    advertisedUrl(),
    'Address at which peers reach this node, as host:port or URL.',
    {
      otherwise: 'made from listen and port',
    },
  ),
  allow_open: setting(
    toggle(),
    false,
    'Listen beyond this machine without a secret: any host that reaches the node may write.',
    { flag: 'insecure-listen' },
  ),
  join: setting(
    seeds(),
    '',
    'Nodes to join, any will do: host:port, URLs, or names as dns://host:port.',
    {
      otherwise: 'none: the first node of a cluster',
    },
  ),
  resolve: setting(duration(1_000, HOUR_MS), '30s', 'How often names in join are looked up again.'),
  data: setting(
    text('folder', 'must be the path of a folder', /^[^\0]{1,1000}$/),
    'data',
    'Folder for what the node keeps between starts.',
  ),
  base_path: setting(
    value('path', PATH_RULE, (input) => {
      const path = readText(input)?.replace(/\/+$/, '');
      return path !== undefined && /^(\/[\w.-]+)*$/.test(path) ? path : undefined;
    }),
    '/',
    'Where a proxy mounts the node.',
  ),
  labels: maybe(labels, 'Labels of this node, to filter by.', { otherwise: 'none' }),
  log_level: setting(
    choice(LOG_LEVELS),
    'info',
    `How much is logged on standard error: ${LOG_LEVELS.join(', ')}.`,
  ),
  sample: setting(duration(100, HOUR_MS), '1s', 'How often the machine is measured.'),
  metrics: maybe(metrics, 'Priority, delta, gossip and every, by metric.', {
    otherwise: 'the standard ones',
  }),
  disabled: setting(
    list(text('probe', 'must be the name of a probe', /^[a-zA-Z][\w-]{0,63}$/)),
    '',
    'Probes that do not run, such as swap.',
    { otherwise: 'none' },
  ),
  host_root: maybe(
    text('folder', 'must be the path of a folder, from the root', /^\/[^\0]{0,999}$/),
    'Where a container has mounted the machine that it is to watch, such as /host.',
    { otherwise: 'none: it watches what it runs in' },
  ),
  ...SECURITY_ENTRIES,
  storage: v.optional(v.strictObject(STORAGE_ENTRIES, 'must be a group of settings'), {}),
  ...PROTOCOL_ENTRIES,
};

const Settings = v.strictObject(SETTING_ENTRIES, 'must be a group of settings');
type SettingsOutput = v.InferOutput<typeof Settings>;

const OPEN_RULE =
  'must be 127.0.0.1, localhost or ::1, for without a cluster secret any host that reaches the ' +
  'node could write to it; set secret (PRIOMON_SECRET) to the same key on every node, such as ' +
  'what `openssl rand -hex 32` prints, or allow_open (--insecure-listen) on a trusted network';

/** Checks each setting, then those that depend on one another. */
export const NodeConfigSchema: v.GenericSchema<unknown, NodeConfig> = v.pipe(
  v.unknown(),
  Settings,
  v.forward(
    v.partialCheck(
      [['listen'], ['allow_open'], ['secret'], ['secret_file']],
      ({ listen, allow_open, secret = [], secret_file }) =>
        allow_open || isLoopback(listen) || secret.length > 0 || secret_file !== undefined,
      OPEN_RULE,
    ),
    ['listen'],
  ),
  v.forward(
    v.partialCheck(
      [['round'], ['max_round']],
      ({ round, max_round = round }) => max_round >= round,
      'must be at least as long as round, or equal to it for fixed rounds',
    ),
    ['max_round'],
  ),
  v.forward(
    v.partialCheck(
      [['round'], ['refresh']],
      ({ round, refresh = round }) => refresh >= round,
      'must be at least as long as round',
    ),
    ['refresh'],
  ),
  v.forward(
    v.partialCheck(
      [['suspicion_min'], ['suspicion_max']],
      ({ suspicion_min: min = 0, suspicion_max: max = min }) => max >= min,
      'must be at least as long as suspicion_min',
    ),
    ['suspicion_max'],
  ),
  v.transform(toNodeConfig),
);

function toNodeConfig(given: SettingsOutput): NodeConfig {
  const { id, advertise, data, storage } = given;
  return {
    ...(id !== undefined && { id }),
    listen: given.listen,
    port: given.port,
    ...(advertise !== undefined && { advertise }),
    allowOpen: given.allow_open,
    join: given.join,
    resolveMs: given.resolve,
    data,
    basePath: given.base_path,
    labels: given.labels ?? {},
    logLevel: given.log_level,
    sampleMs: given.sample,
    metrics: given.metrics ?? {},
    disabled: given.disabled,
    ...(given.host_root !== undefined && { hostRoot: given.host_root }),
    settings: toProtocolSettings(given),
    storage: {
      enabled: storage.enabled,
      ...(storage.url !== undefined && { url: storage.url }),
      ...(storage.auth_token !== undefined && { authToken: storage.auth_token }),
      retentionMs: storage.retention,
      maxBytes: storage.max_bytes,
      spoolMaxBytes: storage.spool_max_bytes,
    },
    security: toSecurity(given),
  };
}
