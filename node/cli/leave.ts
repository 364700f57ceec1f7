// npm run leave: tells a node to leave its cluster and end.

import { type ClientOptions, PrioMonClient } from '../client.ts';
import type { SecurityConfig } from '../config/security.ts';
import { readConfig } from '../config/sources/file.ts';
import { printable } from '../core/wire/printable.ts';
import { createFetch } from '../host/network/http-client.ts';
import { readAuthority } from '../host/security/certificates/files.ts';
import { readSecretFile } from '../host/security/secrets.ts';
import { runCommand } from './command.ts';
import { type LeaveOptions, parseLeaveArguments } from './leave-options.ts';

/** Settings come from the same variables and file that the node itself reads. */
async function main({ url, reason, returnsAt, timeoutMs, config: path }: LeaveOptions) {
  const { config } = await readConfig({ path, environment: process.env });
  const fetch = createFetch(await readAuthority(config.security.tls));
  const proof = await proofOf(config.security);
  const client = new PrioMonClient(url, { fetch, timeoutMs, ...proof });
  const answer = await client.leave({ reason, ...(returnsAt && { returnsAt }) });
  const why = answer.reason && `: ${answer.reason}`;
  const back = answer.returnsAt === undefined ? '' : ` It is to be back at ${answer.returnsAt}.`;
  process.stdout.write(`${printable(`${answer.answeredBy} is leaving${why}.${back}`)}\n`);
  return undefined;
}

/** The first key signs; where there is none, the token is shown, and else nothing. */
async function proofOf({
  secrets,
  secretFile,
  adminToken,
}: SecurityConfig): Promise<Pick<ClientOptions, 'secret' | 'adminToken'>> {
  const [secret] = secretFile === undefined ? secrets : await readSecretFile(secretFile);
  if (secret !== undefined) return { secret };
  return adminToken === undefined ? {} : { adminToken };
}

await runCommand(parseLeaveArguments, main);
