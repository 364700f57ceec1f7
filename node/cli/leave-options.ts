// The arguments of `npm run leave`.

import { nodeAddress } from '../config/addresses.ts';
import { readMoment } from '../config/times.ts';
import { duration, text } from '../config/values.ts';
import { badUsage, checked, createCommand, type Parsed, parseWith, quoted } from './arguments.ts';
import { DEFAULT_BASE_PORT } from './options.ts';

export interface LeaveOptions {
  readonly url: string;
  readonly reason: string;
  /** As written, and understood. */
  readonly returnsAt?: string;
  readonly timeoutMs: number;
  /** Of the node; its secret is read from there. */
  readonly config?: string;
}

const REASON = text('text', 'must be of 200 characters at most', /^.{0,200}$/u);

/** As the node reads it, whose clock a span counts from. */
const returnsAt = (written: string): string => {
  const read = readMoment(written);
  if (!('fault' in read)) return written.trim();
  throw badUsage(`--returns-at is ${quoted(written)}, but ${read.fault}.`);
};

export function parseLeaveArguments(argv: readonly string[]): Parsed<LeaveOptions> {
  const command = createCommand({
    name: 'npm run leave --',
    about: 'Tells a node to leave its cluster and end; its peers raise no alarm.',
    examples: [
      ['npm run leave', 'the node at 127.0.0.1:4001'],
      ['npm run leave -- --url http://10.0.0.7:4001 --reason "new kernel"', 'another, and why'],
      ['PRIOMON_SECRET=… npm run leave', 'where the cluster has a secret'],
      ['npm run leave -- --returns-at 2h', 'and when it is to be back'],
      ['npm run leave -- --config /etc/priomon.yaml', 'with the secret of that file'],
    ],
    remarks:
      'A cluster with a secret wants the call signed: give PRIOMON_SECRET, PRIOMON_SECRET_FILE,\n' +
      'or the configuration of a node. PRIOMON_ADMIN_TOKEN is used where there is no secret.',
  });
  command
    .option(
      '--url <url>',
      'Node that is to leave: host:port or URL',
      `http://127.0.0.1:${DEFAULT_BASE_PORT + 1}`,
    )
    .option('--reason <text>', 'Why, as the cluster shows it', '')
    .option(
      '--returns-at <time>',
      'When it is to be back: 2030-01-31T12:00:00Z, or a span such as 2h',
    )
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
      returnsAt: returnsAt(given.returnsAt),
    }),
    timeoutMs: checked('--timeout', duration(100, 600_000), given.timeout),
    ...(given.config !== undefined && { config: given.config }),
  };
}
