// Settings that decide what a node believes: the cluster's secret, the admin's token, certificates.

import * as v from 'valibot';
import { host, origin } from './addresses.ts';
import { maybe, setting } from './setting.ts';
import { duration, list, text } from './values.ts';

/** Paths of PEM files. */
export type TlsConfig = OwnCertificate & {
  /** Of the authority that peers' certificates are from, besides the system's own. */
  readonly ca?: string;
};

/** What the node shows to who calls it: both, or neither. */
type OwnCertificate =
  | { readonly cert: string; readonly key: string }
  | { readonly cert?: never; readonly key?: never };

export interface SecurityConfig {
  /** The first signs, all are believed; empty: nothing is signed. */
  readonly secrets: readonly string[];
  /** A file with such keys, one a line; read again when it changes. */
  readonly secretFile?: string;
  /** For callers of /metrics and /leave that cannot sign. */
  readonly adminToken?: string;
  /** How far a sender's clock may be off, ms. */
  readonly clockToleranceMs: number;
  readonly tls: TlsConfig;
  /** Names that a node may be called by besides its own; absent: as a secret decides. */
  readonly allowedHosts?: readonly string[];
  /** Origins whose pages may read the node's answers; `*`: any. */
  readonly allowedOrigins: readonly string[];
}

/** Guessing a key of 16 random characters takes longer than the secret is worth. */
export const SECRET_RULE = 'must be 16 to 256 characters without spaces or commas';
export const SECRET_PATTERN = /^[^\s,]{16,256}$/;

const file = () => text('file', 'must be the path of a file', /^[^\0]{1,1000}$/);

const TLS_ENTRIES = {
  cert: maybe(file(), 'Certificate (PEM) to answer https with; needs tls.key.'),
  key: maybe(file(), 'Private key (PEM) of that certificate.'),
  ca: maybe(file(), 'Authority (PEM) to trust for peers, besides the system’s own.'),
};

const lacks = (setting: string, what: string): string =>
  `${setting} is not set; name the ${what} that goes with it, or leave both out`;

/** Half a pair would be no certificate at all. */
const Tls = v.pipe(
  v.strictObject(TLS_ENTRIES, 'must be a group of settings'),
  v.forward(
    v.check(({ cert, key }) => cert === undefined || key !== undefined, lacks('tls.key', 'key')),
    ['cert'],
  ),
  v.forward(
    v.check(
      ({ cert, key }) => key === undefined || cert !== undefined,
      lacks('tls.cert', 'certificate'),
    ),
    ['key'],
  ),
);

export const SECURITY_ENTRIES = {
  secret: maybe(
    list(text('key', SECRET_RULE, SECRET_PATTERN)),
    'Keys of the cluster: the first signs, all are believed. Prefer the variable or secret_file.',
    { otherwise: 'none: nothing is signed', isSecret: true },
  ),
  secret_file: maybe(
    file(),
    'File with such keys, one a line, read again when it changes; they come before secret.',
  ),
  admin_token: maybe(
    text('token', SECRET_RULE, SECRET_PATTERN),
    'Bearer token to post and delete metrics and for /leave, for callers that cannot sign.',
    { isSecret: true },
  ),
  clock_tolerance: setting(
    duration(1_000, 3_600_000),
    '2m',
    'How far the clock of a signing node or caller may be off.',
  ),
  allowed_hosts: maybe(
    list(host('must be a name that leads to the node, such as priomon.internal')),
    'Names that requests may call the node by, besides its addresses, localhost and advertise.',
    { otherwise: 'none, or any where there is a secret' },
  ),
  allowed_origins: setting(
    list(origin()),
    '',
    'Origins of web pages that may read this node, such as https://wall.example.com; * is any.',
    { otherwise: 'none' },
  ),
  tls: v.optional(Tls, {}),
};

interface Given {
  readonly secret?: readonly string[] | undefined;
  readonly secret_file?: string | undefined;
  readonly admin_token?: string | undefined;
  readonly clock_tolerance: number;
  readonly allowed_hosts?: readonly string[] | undefined;
  readonly allowed_origins: readonly string[];
  readonly tls: { cert?: string | undefined; key?: string | undefined; ca?: string | undefined };
}

export function toSecurity(given: Given): SecurityConfig {
  const { secret_file: secretFile, admin_token: adminToken, tls } = given;
  const { allowed_hosts: allowedHosts } = given;
  const { cert, key, ca } = tls;
  return {
    secrets: given.secret ?? [],
    ...(secretFile !== undefined && { secretFile }),
    ...(adminToken !== undefined && { adminToken }),
    clockToleranceMs: given.clock_tolerance,
    ...(allowedHosts !== undefined && { allowedHosts }),
    allowedOrigins: given.allowed_origins,
    tls: {
      ...(cert !== undefined && key !== undefined && { cert, key }),
      ...(ca !== undefined && { ca }),
    },
  };
}
