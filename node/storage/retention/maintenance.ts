// Keeps a database within its age and its size, and believes no clock alone: not this machine's,
// and on a server that many share not one machine's word for what the others wrote.

import type { Client } from '@libsql/client';
import type { Clock } from '../../ports.ts';
import { joined } from '../database/problems.ts';
import { applyAge, applySize, type RetentionLimits } from './retention.ts';
import * as sql from './statements.ts';
import { createTrustedTime, type Doubt, type TrustedTime } from './trusted-time.ts';

export interface CareOptions extends RetentionLimits {
  readonly clock: Clock;
  /** As in BacklogOptions. */
  readonly observer?: string;
  /** One transaction after the other, as in BacklogOptions. */
  readonly turn?: () => Promise<void>;
}

export interface Care {
  /** Age was not looked at for a while. */
  isDue(): boolean;
  /** Deletes what is older than the retention, as far as that is certain. */
  byAge(client: Client): Promise<void>;
  /** Answers the bytes of the file afterwards. */
  bySize(client: Client): Promise<number>;
  /**
   * Nodes whose rows are left to themselves: they store on this server too, and this machine's
   * clock, which is not the server's, would stamp their rows a second time and wrong.
   */
  leftToOwners(): ReadonlySet<string>;
  /** As in Store. */
  noteSkew(skewMs: number | undefined): void;
  /** What is not deleted or not stored because of this machine's clock, and why. */
  problem(): string | undefined;
}

/** What all who store here agree on. */
interface Agreement extends RetentionLimits {
  readonly nowMs: number;
  /** Later than this is no time at all, however wrong a clock is. */
  readonly latestMs: number;
}

const DAY_MS = 86_400_000;
/** Who told nothing for so long has no say any more. */
const SAY_MS = 7 * DAY_MS;
/** Stamps beyond the latest clock by more than this are wrong. */
const FUTURE_MS = DAY_MS;

/** Who told that it stores on the server within this time does so, ms. */
const PRESENT_MS = 3_600_000;
/** A clock that is off the server's by more is wrong, ms; a request takes some seconds at most. */
const OFF_MS = 60_000;
/** Who comes to store there meanwhile is heard of within this time, ms. */
const OFF_EVERY_MS = 30_000;

const days = (ms: number): string => {
  const hours = Math.round(ms / 3_600_000);
  return hours < 72 ? `${hours} h` : `${Math.round(hours / 24)} days`;
};

/** The lower of two in the middle: of two that differ the earlier is believed. */
const median = (values: readonly number[]): number | undefined =>
  [...values].sort((a, b) => a - b)[Math.floor((values.length - 1) / 2)];

const sentenceOf = (doubt: Doubt, aheadMs: number, retentionMs: number): string => {
  const kept = `Rows older than ${days(retentionMs)} are kept for now: this machine's clock is`;
  return doubt === 'peers'
    ? `${kept} ${days(aheadMs)} ahead of its peers; set it right, rows go by the peers' time.`
    : `${kept} ${days(aheadMs)} ahead of what was stored last; set it right, or leave it if it ` +
        `is right: they go once peers agree for an hour, or after ${days(retentionMs)} of running.`;
};

/** What those who store on a server have told, one each. */
type Told = readonly Readonly<Record<string, unknown>>[];

/** Beside this one. */
const presentIn = (told: Told, self: string): ReadonlySet<string> =>
  new Set(
    told
      .filter(({ observer, silentMs }) => observer !== self && Number(silentMs) < PRESENT_MS)
      .map(({ observer }) => String(observer)),
  );

const NOBODY: ReadonlySet<string> = new Set();
const OFF =
  "This machine's clock and that of the database server are more than a minute apart; set both " +
  'by NTP: until then this node stores no rows of nodes that store there themselves.';

export function createCare(options: CareOptions, isLocal: boolean, everyMs: number): Care {
  const { clock, observer = '', retentionMs, maxBytes, turn } = options;
  let trusted: TrustedTime | undefined;
  let skewMs: number | undefined;
  let agreement: Agreement | undefined;
  let owners = NOBODY;
  let isOff = false;
  let dueMs = Number.NEGATIVE_INFINITY;
  let problem: string | undefined;

  const lookNow = () => {
    return { wallMs: clock.wallMs(), monotonicMs: clock.monotonicMs(), skewMs };
  };

  /** From what an earlier run had proven, else from the newest row. */
  const begin = async (client: Client): Promise<TrustedTime> => {
    const look = lookNow();
    const [known] = (await client.execute(sql.selectProof(observer))).rows;
    const [newest] = (await client.execute(sql.selectNewest())).rows;
    const provenMs = Number(known?.provenMs ?? newest?.atMs ?? look.wallMs);
    const gapFromMs = Number(known?.gapFromMs ?? 0) || undefined;
    return createTrustedTime(retentionMs, { provenMs, gapFromMs }, look);
  };

  const agree = async (client: Client, nowMs: number, proof: sql.Keeping): Promise<Agreement> => {
    const latestMs = Math.max(clock.wallMs(), proof.provenMs);
    const statements = [sql.tellKeeping(proof), sql.selectKeepers(SAY_MS)];
    const told = (await client.batch(statements, 'write'))[1]?.rows ?? [];
    // A file is one node's own, and its clock is this machine's.
    if (isLocal || told.length === 0) return { nowMs, latestMs, retentionMs, maxBytes };
    const column = (name: string): number[] => told.map((row) => Number(row[name]));
    const others = column('nowMs');
    const databaseMs = column('databaseMs')[0] ?? nowMs;
    isOff = Math.abs(databaseMs - clock.wallMs()) > OFF_MS;
    owners = isOff ? presentIn(told, observer) : NOBODY;
    return {
      nowMs: Math.min(nowMs, databaseMs, median(others) ?? nowMs),
      latestMs: Math.max(latestMs, databaseMs, ...others),
      retentionMs: Math.max(...column('retentionMs')),
      maxBytes: Math.max(...column('maxBytes')),
    };
  };

  const doubtOf = async (
    client: Client,
    doubt: Doubt | undefined,
    nowMs: number,
  ): Promise<string | undefined> => {
    if (doubt === undefined) return undefined;
    const held = await client.execute(sql.hasBefore(clock.wallMs() - retentionMs));
    if (Number(held.rows[0]?.found) === 0) return undefined;
    return sentenceOf(doubt, clock.wallMs() - nowMs, retentionMs);
  };

  return {
    isDue: () => clock.monotonicMs() >= dueMs,
    async byAge(client) {
      trusted ??= await begin(client);
      const { nowMs, doubt } = trusted.look(lookNow());
      const keeping = { ...trusted.proof(), observer, retentionMs, maxBytes };
      agreement = await agree(client, nowMs, keeping);
      const beforeMs = agreement.nowMs - agreement.retentionMs;
      const isDone = await applyAge(client, beforeMs, turn);
      problem = await doubtOf(client, doubt, nowMs);
      const pauseMs = isOff ? Math.min(OFF_EVERY_MS, everyMs) : everyMs;
      if (isDone) dueMs = clock.monotonicMs() + pauseMs;
    },
    bySize: (client) =>
      applySize(client, {
        maxBytes: agreement?.maxBytes ?? maxBytes,
        isLocal,
        futureMs: (agreement?.latestMs ?? clock.wallMs()) + FUTURE_MS,
        turn,
      }),
    leftToOwners: () => owners,
    noteSkew(now) {
      skewMs = now;
    },
    problem: () => joined(owners.size > 0 ? OFF : undefined, problem),
  };
}
