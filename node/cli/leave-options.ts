// The arguments of `npm run leave`.

import { nodeAddress } from '../config/addresses.ts';
import { duration, text, value } from '../config/values.ts';
import { badUsage, checked, createCommand, type Parsed, parseWith } from './arguments.ts';
import { DEFAULT_BASE_PORT } from './options.ts';

export interface LeaveOptions {
  readonly url: string;
  readonly reason: string;
  readonly returnsAt?: Date;
  readonly timeoutMs: number;
  /** Of the node; its secret is read from there. */
  readonly config?: string;
}

const REASON = text('text', 'must be of 200 characters at most', /^.{0,200}$/u);
/** ISO 8601; a day alone begins at midnight UTC, a time without a zone is this machine's. */
const ISO_TIME = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)?)?$/;
const dayOf = (at: Date): string =>
  Number.isNaN(at.getTime()) ? '' : at.toISOString().slice(0, 'YYYY-MM-DD'.length);
const TIME_RULE =
  'must be a time as ISO 8601 has it, such as 2030-01-31T12:00:00Z, 2030-01-31T14:00+02:00 or ' +
  "2030-01-31T13:00 in this machine's zone";
const TIME = value('time', TIME_RULE, (written) => {
  const text = String(written).trim();
  const at = new Date(text);
  // JavaScript takes the 31st of February for a day in March.
  const day = text.slice(0, 'YYYY-MM-DD'.length);
  const isDay = ISO_TIME.test(text) && dayOf(new Date(day)) === day;
  return isDay && !Number.isNaN(at.getTime()) ? at : undefined;
});

export function parseLeaveArguments(argv: readonly string[]): Parsed<LeaveOptions> {
  const command = createCommand({
    name: 'npm run leave --',
    about: 'Tells a node to leave its cluster and end; its peers raise no alarm.',
    examples: [
      ['npm run leave', 'the node at 127.0.0.1:4001'],
      ['npm run leave -- --url http://10.0.0.7:4001 --reason "new kernel"', 'another, and why'],
      ['PRIOMON_SECRET=… npm run leave', 'where the cluster has a secret'],
      ['npm run leave -- --returns-at 2030-01-31T12:00:00Z', 'and when it is to be back'],
      ['npm run leave -- --config /etc/priomon.yaml', 'with the secret of that file'],
    ],
    remarks:
      'A cluster with a secret wants the call signed: give PRIOMON_SECRET, PRIOMON_SECRET_FILE,\n' +
      'or the configuration of a node. PRIOMON_ADMIN_TOKEN is used where there is no secret.',
  });
  command
    .option(
      '--url <url>',
      'Node to tell: host:port or URL',
      `http://127.0.0.1:${DEFAULT_BASE_PORT + 1}`,
    )
    .option('--reason <text>', 'Why, as the cluster shows it', '')
    .option('--returns-at <time>', 'When it is to be back, such as 2030-01-31T12:00:00Z (ISO 8601)')
    .option('--timeout <duration>', 'How long to wait for the answer', '5s')
    .option('--config <file>', 'Configuration of a node, to take its secret from');
  return parseWith(command, argv, () => readLeave(command.opts()));
}

function readLeave(given: Record<string, string | undefined>): LeaveOptions {
  if (given.config === '') throw badUsage('--config is empty; name a file.');
  return {
    url: checked('--url', nodeAddress(), given.url),
    reason: checked('--reason', REASON, given.reason),
    ...(given.returnsAt !== undefined && {
      returnsAt: checked('--returns-at', TIME, given.returnsAt),
    }),
    timeoutMs: checked('--timeout', duration(100, 600_000), given.timeout),
    ...(given.config !== undefined && { config: given.config }),
  };
}
