// Why a message or a call is not believed: a code for programs, a sentence for its sender and one
// for the log of the node that refuses, each with the fix.

/** As the asker is told it; `status` is HTTP's. */
export interface SigningRefusal {
  readonly status: 401 | 409 | 426;
  /** A stable word for programs. */
  readonly code: string;
  readonly title: string;
  /** One sentence: what is wrong, and the fix. */
  readonly detail: string;
  /** The same for the log of who refuses, after the caller's name. */
  readonly told: string;
}

/** Refusals, here and further in, that last until somebody changes a setting or a clock. */
export const TO_MEND: readonly string[] = [
  'unsigned',
  'signed',
  'wrong_key',
  'clock_off',
  'replayed',
  'foreign_cluster',
  'unknown_version',
  'loopback_address',
  'generation_ahead',
];

const SET_SECRET = 'set secret (PRIOMON_SECRET) to the same key on every node';

export const UNSIGNED: SigningRefusal = {
  status: 401,
  code: 'unsigned',
  title: 'Not signed',
  detail: `This cluster signs its messages and yours has no signature; ${SET_SECRET}.`,
  told: `sends messages without a signature; ${SET_SECRET}, or keep it from joining.`,
};

export const SIGNED: SigningRefusal = {
  status: 409,
  code: 'signed',
  title: 'Signed, but not here',
  detail: `Your message is signed, but the node you called has no secret; ${SET_SECRET}.`,
  told: `signs its messages, but this node has no secret; ${SET_SECRET}.`,
};

export const WRONG_KEY: SigningRefusal = {
  status: 401,
  code: 'wrong_key',
  title: 'The signature fits no key',
  detail: `The signature fits none of the keys here, or the message was altered; ${SET_SECRET}.`,
  told: `signs with a key that is none of this node's, or its messages are altered; ${SET_SECRET}.`,
};

export const REPLAYED: SigningRefusal = {
  status: 409,
  code: 'replayed',
  title: 'Received before',
  detail: 'This message was received before, or is too old to be checked; send a new one.',
  told: 'sent a message again that was received before: is this network recorded?',
};

export const OTHER_SEAL: SigningRefusal = {
  status: 426,
  code: 'unknown_version',
  title: 'Other wire version',
  detail: 'The message is sealed as another release does; run the same release on both machines.',
  told: 'seals its messages as another release does; run the same release on both machines.',
};

export const foreignCluster = (cluster: string): SigningRefusal => ({
  status: 409,
  code: 'foreign_cluster',
  title: 'Other cluster',
  detail:
    `The message belongs to another cluster than ${cluster}; give both nodes the same cluster ` +
    'setting, or do not join them.',
  told:
    `belongs to another cluster than ${cluster}; give both nodes the same cluster setting, or do ` +
    'not join them.',
});

export const WRONG_TOKEN: SigningRefusal = {
  status: 401,
  code: 'wrong_token',
  title: 'Not the admin token',
  detail: 'The bearer token is not the admin_token (PRIOMON_ADMIN_TOKEN) of this node.',
  told: "calls with a bearer token that is not this node's admin_token.",
};

/** A call that shows neither of what this node knows. */
export function unprovenCall(
  { method, path }: { readonly method: string; readonly path: string },
  known: { readonly secret: boolean; readonly token: boolean },
): SigningRefusal {
  const ways = [
    ...(known.secret ? ["a signature by the cluster's secret (PRIOMON_SECRET)"] : []),
    ...(known.token ? ['`Authorization: Bearer` with the admin_token (PRIOMON_ADMIN_TOKEN)'] : []),
  ].join(' or ');
  return {
    status: 401,
    code: 'unsigned',
    title: 'Not signed',
    detail: `${method} ${path} needs ${ways}.`,
    told: `calls ${method} ${path} without ${ways}.`,
  };
}

/** A signature is for one run of one node, so that it cannot be used again anywhere else. */
export const otherRecipient = (self: { id: string; generation: number }): SigningRefusal => ({
  status: 409,
  code: 'other_recipient',
  title: 'Signed for another run',
  detail:
    `The call is signed for another node or an earlier run; this is ${self.id}, generation ` +
    `${self.generation}: ask GET /members, and sign again.`,
  told: 'calls with a signature for another node, or for an earlier run of this one.',
});

/** Which way the clocks differ; `theirMs` is the wall clock that the message names. */
export function clockOff(theirMs: number, ourMs: number, toleranceMs: number): SigningRefusal {
  const off = `${span(Math.abs(theirMs - ourMs))} ${theirMs < ourMs ? 'behind' : 'ahead of'}`;
  const fix = `(${span(toleranceMs)} is allowed); set both by NTP`;
  return {
    status: 401,
    code: 'clock_off',
    title: 'The clocks differ',
    detail: `Your clock says ${utc(theirMs)} and is ${off} this node's ${fix}.`,
    told: `has a clock that says ${utc(theirMs)}, ${off} this node's ${fix}.`,
  };
}

const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1_000],
] as const;

/** The two largest units: `3 h 2 min`. */
export function span(durationMs: number): string {
  let left = Math.round(durationMs / 1_000) * 1_000;
  const words: string[] = [];
  for (const [unit, unitMs] of UNITS) {
    const count = Math.floor(left / unitMs);
    left -= count * unitMs;
    if (count > 0) words.push(`${count} ${unit}`);
    else if (words.length > 0) break;
  }
  return words.slice(0, 2).join(' ') || '0 s';
}

/** A signed time may be any number of 44 bits, which all are dates. */
const utc = (wallMs: number): string =>
  `${new Date(wallMs).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
