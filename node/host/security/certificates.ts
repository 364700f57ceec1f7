// The certificates of a node: its own, and the authorities it believes. Files are looked at again
// while it runs, for they are renewed meanwhile.

import type { TlsConfig } from '../../config/security.ts';
import { OperatingError } from '../../errors.ts';
import type { Clock } from '../../ports.ts';
import type { Part } from '../process/ending.ts';
import type { Log } from '../process/log.ts';
import type { PeerProblems } from '../process/peer-problems.ts';
import { type Credentials, readAuthority, readCredentials } from './certificates/files.ts';
import { validityProblem } from './certificates/validity.ts';

export type { Credentials } from './certificates/files.ts';

export interface CertificateParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly peerProblems: PeerProblems;
}

export interface Certificates {
  /** Undefined: the node speaks plain HTTP. */
  readonly credentials: Credentials | undefined;
  /** Authorities (PEM) besides those the runtime trusts, as they are now. */
  ca(): string | undefined;
  /** Tells what is wrong with the certificate, and takes new files until it is closed. */
  watch(show: (credentials: Credentials) => void): Part;
}

/** A pair that is just being replaced is whole by the next look. */
const LOOK_MS = 10_000;

/** Rejects with an OperatingError when a file cannot be read or used. */
export async function openCertificates(
  tls: TlsConfig,
  parts: CertificateParts,
): Promise<Certificates> {
  const credentials = await readCredentials(tls);
  let ca = await readAuthority(tls);
  return {
    credentials,
    ca: () => ca,
    watch: (show) =>
      watchFiles(tls, parts, {
        ...(credentials && { own: createOwn(tls, credentials, show, parts) }),
        async authority() {
          ca = await readAuthority(tls);
        },
      }),
  };
}

interface Watched {
  /** Absent without a certificate of its own. */
  readonly own?: ReturnType<typeof createOwn>;
  authority(): Promise<void>;
}

function watchFiles(
  tls: TlsConfig,
  { clock, peerProblems }: CertificateParts,
  watched: Watched,
): Part {
  const { own, authority } = watched;
  const readAgain = trying('tls files', peerProblems, async () => {
    await own?.renew();
    await authority();
  });
  const look = async (): Promise<void> => {
    await readAgain();
    own?.check();
    if (!isClosed) cancel = clock.after(LOOK_MS, look);
  };
  let isClosed = false;
  own?.check();
  let cancel = isUsed(tls) ? clock.after(LOOK_MS, look) : () => {};
  return {
    async close() {
      isClosed = true;
      cancel();
    },
  };
}

const isUsed = ({ cert, ca }: TlsConfig): boolean => cert !== undefined || ca !== undefined;

/** The node's own certificate, as it was read last. */
function createOwn(
  tls: TlsConfig,
  first: Credentials,
  show: (credentials: Credentials) => void,
  { clock, log, peerProblems }: CertificateParts,
) {
  const path = tls.cert ?? '';
  let shown = first;
  return {
    async renew(): Promise<void> {
      const read = await readCredentials(tls);
      if (read === undefined || (read.cert === shown.cert && read.key === shown.key)) return;
      show(read);
      shown = read;
      const until = new Date(read.untilMs).toISOString().slice(0, 10);
      log('info', `the certificate in ${path} was renewed; it is valid until ${until}`);
    },
    check(): void {
      const problem = validityProblem(path, shown, clock.wallMs());
      if (problem === undefined) peerProblems.clear('tls.cert');
      else peerProblems.report('tls.cert', problem);
    },
  };
}

/** Files that cannot be used twice in a row are told of; those that were read stay in use. */
function trying(
  subject: string,
  peerProblems: PeerProblems,
  work: () => Promise<void>,
): () => Promise<void> {
  let failures = 0;
  return async () => {
    try {
      await work();
      failures = 0;
      peerProblems.clear(subject);
    } catch (error) {
      if (!(error instanceof OperatingError)) throw error;
      failures++;
      const kept = 'The node goes on with what it read before.';
      if (failures > 1) peerProblems.report(subject, `${error.message} ${kept}`);
    }
  };
}
