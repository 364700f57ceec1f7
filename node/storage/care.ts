// Keeps a database within its age and its size, and believes no clock alone: not this machine's,
// and on a server that many share not one machine's word for what the others wrote.

import type { Client } from '@libsql/client';
import type { Clock } from '../ports.ts';
import { applyAge, applySize, type RetentionLimits } from './retention.ts';
import * as sql from './retention-statements.ts';
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
  /** As in Store. */
  noteSkew(skewMs: number | undefined): void;
  /** What is not deleted although it is older by this machine's clock, and why. */
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

export function createCare(options: CareOptions, isLocal: boolean, everyMs: number): Care {
  const { clock, observer = '', retentionMs, maxBytes, turn } = options;
  let trusted: TrustedTime | undefined;
  let skewMs: number | undefined;
  let agreement: Agreement | undefined;
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
      if (isDone) dueMs = clock.monotonicMs() + everyMs;
    },
    bySize: (client) =>
      applySize(client, {
        maxBytes: agreement?.maxBytes ?? maxBytes,
        isLocal,
        futureMs: (agreement?.latestMs ?? clock.wallMs()) + FUTURE_MS,
        turn,
      }),
    noteSkew(now) {
      skewMs = now;
    },
    problem: () => problem,
  };
}
