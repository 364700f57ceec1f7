// What is to be told about the dates of a node's own certificate. Pure.

import type { Credentials } from './files.ts';

const DAY_MS = 24 * 3_600_000;
/** Renewals happen 30 days before the end as a rule: one that has not by now has failed. */
const WARN_DAYS = 14;

const day = (atMs: number): string => new Date(atMs).toISOString().slice(0, 10);

/** One sentence, or undefined while all is well. */
export function validityProblem(
  path: string,
  { fromMs, untilMs }: Pick<Credentials, 'fromMs' | 'untilMs'>,
  nowMs: number,
): string | undefined {
  const certificate = `The certificate in ${path} (tls.cert)`;
  const renew = 'renew it; the node takes the new files without a restart';
  if (nowMs < fromMs) {
    return (
      `${certificate} is not valid before ${day(fromMs)}, and today is ${day(nowMs)} here: peers ` +
      'refuse it; set the clock of this machine if it is wrong, or issue another certificate.'
    );
  }
  if (nowMs >= untilMs) {
    return `${certificate} expired on ${day(untilMs)}, and peers refuse it: ${renew}.`;
  }
  const daysLeft = Math.floor((untilMs - nowMs) / DAY_MS);
  if (daysLeft >= WARN_DAYS) return undefined;
  const left = daysLeft === 1 ? '1 day' : `${daysLeft} days`;
  return `${certificate} expires on ${day(untilMs)}, ${left} from now: ${renew}.`;
}
