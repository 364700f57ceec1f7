// Why a peer's certificate was not believed, and what to do about it, by the codes that Node and
// Deno share.

import type { PeerProblem } from '../../errors.ts';

interface Reason {
  readonly code: string;
  /** Follows the peer's address. */
  readonly words: string;
}

const EXPIRED: Reason = {
  code: 'certificate_expired',
  words:
    'shows a certificate that has expired; renew it there, or set the clock of this machine ' +
    'if that is wrong',
};
const EARLY: Reason = {
  code: 'certificate_not_yet_valid',
  words: 'shows a certificate that is not valid yet; set the clock of the machine that is wrong',
};
const UNKNOWN: Reason = {
  code: 'certificate_unknown',
  words:
    'shows a certificate of an authority that this node does not know; name the PEM file of ' +
    'that authority in tls.ca (--tls-ca)',
};
const OTHER_NAME: Reason = {
  code: 'certificate_other_name',
  words:
    'shows a certificate for another name; call it by a name that its certificate has, or ' +
    'issue one for this name',
};
const REVOKED: Reason = {
  code: 'certificate_revoked',
  words: 'shows a certificate that was revoked; issue a new one there',
};
const NO_TLS: Reason = {
  code: 'no_tls',
  words: 'does not speak TLS; write its address with http://, or give it tls.cert and tls.key',
};

const REASONS: Readonly<Record<string, Reason>> = {
  CERT_HAS_EXPIRED: EXPIRED,
  CERT_NOT_YET_VALID: EARLY,
  CERT_REVOKED: REVOKED,
  CERT_UNTRUSTED: UNKNOWN,
  DEPTH_ZERO_SELF_SIGNED_CERT: UNKNOWN,
  SELF_SIGNED_CERT_IN_CHAIN: UNKNOWN,
  UNABLE_TO_GET_ISSUER_CERT: UNKNOWN,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: UNKNOWN,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: UNKNOWN,
  ERR_TLS_CERT_ALTNAME_INVALID: OTHER_NAME,
  ERR_SSL_WRONG_VERSION_NUMBER: NO_TLS,
  ERR_SSL_PACKET_LENGTH_TOO_LONG: NO_TLS,
};

/** OpenSSL's words for an answer in plain HTTP; the code is that of any breach of the protocol. */
const PLAIN = /wrong version number|packet length too long/;

/** Undefined when the failure, by its code and message, is about something else. */
export function certificateProblem(
  address: string,
  code: string,
  message: string,
): PeerProblem | undefined {
  if (code === 'EPROTO' && PLAIN.test(message)) return problem(address, NO_TLS);
  return Object.hasOwn(REASONS, code) ? problem(address, REASONS[code] ?? UNKNOWN) : undefined;
}

export interface Validity {
  readonly fromMs: number;
  readonly untilMs: number;
}

/** rustls, which Deno has, calls whatever it does not believe unknown; the dates tell more. */
export function outdatedProblem(
  address: string,
  { fromMs, untilMs }: Validity,
  nowMs: number,
): PeerProblem | undefined {
  if (nowMs > untilMs) return problem(address, EXPIRED);
  return nowMs < fromMs ? problem(address, EARLY) : undefined;
}

const problem = (address: string, { code, words }: Reason): PeerProblem => ({
  code,
  sentence: `${address} ${words}.`,
});

/** Whether the certificate's dates may be what is wrong, though the code names something else. */
export const mayBeOutdated = ({ code }: PeerProblem): boolean => code === UNKNOWN.code;
