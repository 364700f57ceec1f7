// The cluster's secret on this machine: what is signed, what is let in, and what is logged of it.

import { isLoopback } from '../../config/addresses.ts';
import type { NodeConfig } from '../../config/schema.ts';
import type { SecurityConfig } from '../../config/security.ts';
import type { ClusterView } from '../../core/model.ts';
import type { OperatingError } from '../../errors.ts';
import type { Clock, Transport } from '../../ports.ts';
import type { Recipient } from '../../signing/call.ts';
import { createGate, type Gate } from '../../signing/gate.ts';
import { createSigner, type Signer } from '../../signing/signer.ts';
import { withPeerProblems } from '../../transport/reporting.ts';
import { withSecondTry } from '../../transport/second-try.ts';
import { withSignatures } from '../../transport/signed.ts';
import type { Part } from '../process/ending.ts';
import type { Log } from '../process/log.ts';
import type { PeerProblems } from '../process/peer-problems.ts';
import { readSecretFile, watchSecretFile } from './secrets.ts';

export interface SigningParts {
  readonly id: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly peerProblems: PeerProblems;
}

export interface Signing {
  /** Signs what goes out, where there is a secret, tries once more, and tells who refuses it. */
  wrap(transport: Transport): Transport;
  gate(self: () => Recipient): Gate;
  /** For a node that listens: says so when it has no secret, and keeps up with a file of keys. */
  watch(): Part;
}

/** Rejects with an OperatingError when the keys cannot be read or used. */
export async function openSigning(config: NodeConfig, parts: SigningParts): Promise<Signing> {
  const { clock, peerProblems } = parts;
  const { security, settings } = config;
  const { adminToken, clockToleranceMs: toleranceMs } = security;
  const keys = await keysOf(security);
  const signer =
    keys.length === 0
      ? undefined
      : await createSigner({ cluster: settings.cluster, keys, id: parts.id, clock, toleranceMs });
  return {
    wrap(transport) {
      const sealed = signer ? withSignatures(transport, signer) : transport;
      return withPeerProblems(withSecondTry(sealed, clock), peerProblems);
    },
    gate: (self) => createGate({ clock, signer, adminToken, self, report: peerProblems.report }),
    watch() {
      if (signer === undefined && isLoopback(config.listen)) parts.log('info', LOOPBACK_ONLY);
      return signer && security.secretFile !== undefined
        ? watchKeys(signer, keys, security.secretFile, security.secrets, parts)
        : NOTHING_TO_WATCH;
    },
  };
}

const LOOPBACK_ONLY =
  'Only this machine can reach the node: without a secret (PRIOMON_SECRET) it listens on ' +
  'loopback alone, because every host that reaches it could write to it.';

/** The present run of a node, for which calls to it are signed. */
export const recipientOf = (view: ClusterView): Recipient => ({
  cluster: view.cluster,
  id: view.selfId,
  generation: view.member(view.selfId)?.generation ?? 0,
});

const NOTHING_TO_WATCH: Part = { close: async () => {} };

const keysOf = async ({ secretFile, secrets }: SecurityConfig): Promise<readonly string[]> =>
  secretFile === undefined ? secrets : [...(await readSecretFile(secretFile)), ...secrets];

function watchKeys(
  signer: Signer,
  keys: readonly string[],
  file: string,
  secrets: readonly string[],
  { log, peerProblems }: SigningParts,
): Part {
  const subject = `secret_file ${file}`;
  let taken = keys;
  return watchSecretFile({
    file,
    secrets,
    async take(read) {
      if (read.join() === taken.join()) return;
      await signer.replaceKeys(read);
      taken = read;
      const count = read.length === 1 ? '1 key' : `${read.length} keys, the first of which signs`;
      log('info', `secret_file ${file} was read again: ${count}`);
    },
    tell: (problem) => tellProblem(problem, subject, peerProblems),
  });
}

function tellProblem(
  problem: OperatingError | undefined,
  subject: string,
  peerProblems: PeerProblems,
): void {
  if (problem === undefined) return peerProblems.clear(subject);
  peerProblems.report(subject, `${problem.message} The keys that were read before stay in use.`);
}
