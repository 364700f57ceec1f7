// How every transport says that an exchange brought no answer: one sentence, one kind of failure.

import { printable } from '../../core/wire/printable.ts';
import { isOutOfFiles, type PeerProblem, RAISE_FILES, TransportError } from '../../errors.ts';
import type { TransportFailure } from '../../ports.ts';
import { TO_MEND } from '../../signing/refusals.ts';
import { certificateProblem } from './certificates.ts';

const FAILURE_BY_CODE: Readonly<Record<string, TransportFailure>> = {
  ECONNREFUSED: 'refused',
  ECONNRESET: 'reset',
  ECONNABORTED: 'reset',
  EPIPE: 'reset',
  UND_ERR_SOCKET: 'reset',
  ETIMEDOUT: 'timeout',
  UND_ERR_CONNECT_TIMEOUT: 'timeout',
};

const SENTENCE: Readonly<Record<'refused' | 'reset' | 'unreachable', string>> = {
  refused: 'refused the connection; no node listens there',
  reset: 'ended the connection before it answered',
  unreachable: 'cannot be reached; check the name, the route and the firewall',
};

export const timedOut = (address: string, timeoutMs: number): TransportError =>
  new TransportError('timeout', `${address} did not answer within ${timeoutMs} ms.`);

export const transportClosed = (): TransportError =>
  new TransportError('closed', 'This transport is closed; no exchange can start.');

/** Local overload: says nothing about the peer, so it must not read as the peer's silence. */
export const tooManyExchanges = (maxActive: number): TransportError =>
  new TransportError(
    'closed',
    `${maxActive} exchanges are under way already; this one was dropped.`,
  );

export const answerTooLarge = (address: string, maxBytes: number): TransportError =>
  new TransportError('rejected', `${address} answered with more than ${maxBytes} bytes.`);

export const refused = (address: string): TransportError => describe('refused', address);

/** The far side spoke, but not as a node does. */
export const notUnderstood = (address: string, cause: unknown): TransportError =>
  new TransportError('rejected', `${address} did not answer in HTTP that this node accepts.`, {
    cause,
  });

/** The URL that takes exchanges; rejects what could never be posted to. */
export function gossipUrl(address: string): URL {
  const url = URL.parse(`${address.replace(/\/+$/, '')}/gossip`);
  if (url?.protocol === 'http:' || url?.protocol === 'https:') return url;
  throw new TransportError(
    'unreachable',
    `Address "${address}" is not a URL; write it like http://10.0.0.7:4001.`,
  );
}

/** From a system error's `code`, as sockets and undici set it; unknown codes mean unreachable. */
export function fromSystemError(address: string, error: unknown): TransportError {
  const code = codeOf(error);
  if (isOutOfFiles(code)) return outOfFiles(address, code, error);
  const problem =
    forbiddenProblem(address, error) ?? certificateProblem(address, code, messageOf(error));
  if (problem !== undefined) return notBelieved(problem, error);
  if (/^(HPE_|ERR_TLS_|ERR_SSL_|CERT_|EPROTO$)/.test(code)) return notUnderstood(address, error);
  return describe(FAILURE_BY_CODE[code] ?? 'unreachable', address, error);
}

/** It says nothing about the peer either. */
function outOfFiles(address: string, code: string, cause: unknown): TransportError {
  const sentence = `${address} cannot be called (${code}); ${RAISE_FILES}.`;
  return new TransportError('closed', sentence, { cause, problem: { code, sentence } });
}

/** Deno calls nobody whom it was not allowed to call; its message names the permission. */
const forbiddenProblem = (address: string, error: unknown): PeerProblem | undefined =>
  error instanceof Error && error.name === 'NotCapable'
    ? { code: 'forbidden', sentence: `${address} may not be called here: ${error.message}.` }
    : undefined;

/** The peer's certificate, or that it has none, is what keeps this node from speaking to it. */
export const notBelieved = (problem: PeerProblem, cause: unknown): TransportError =>
  new TransportError('rejected', problem.sentence, { cause, problem });

/** fetch hides codes on some runtimes: Deno and Workers tell the cause only in words. */
export function fromFetchError(address: string, error: unknown): TransportError {
  if (codeOf(error) !== '') return fromSystemError(address, error);
  const words = error instanceof Error ? `${error.message} ${String(error.cause ?? '')}` : '';
  if (/refused/i.test(words)) return describe('refused', address, error);
  if (/reset|connection (closed|lost|aborted)|broken pipe|before message completed/i.test(words)) {
    return describe('reset', address, error);
  }
  if (/timed out/i.test(words)) return describe('timeout', address, error);
  return describe('unreachable', address, error);
}

/** The same failure, of a connection that was kept from an earlier exchange. */
export const ofKeptConnection = ({ failure, message, cause }: TransportError): TransportError =>
  new TransportError(failure, message, { cause, isStale: true });

/** An answer's status and, where it carries a problem (RFC 9457), what the problem is. */
export function statusRejected(
  address: string,
  status: number,
  contentType: string,
  body: string,
): TransportError {
  const isProblem = contentType.startsWith('application/problem+json');
  const { code, title, detail } = (isProblem && problemIn(body)) || NO_PROBLEM;
  const words = [[code, title].filter(Boolean).join(': '), detail].filter(Boolean).join('; ');
  const message = `${address} answered with status ${status}${words && ` (${words})`}.`;
  return new TransportError('rejected', message, {
    ...(TO_MEND.includes(code) && { problem: refusedBy(address, code, detail || `${title}.`) }),
  });
}

const refusedBy = (address: string, code: string, said: string): PeerProblem => ({
  code,
  sentence: `${address} refuses this node (${code}): ${said}`,
});

function describe(failure: TransportFailure, address: string, cause?: unknown): TransportError {
  const sentence = failure in SENTENCE ? SENTENCE[failure as keyof typeof SENTENCE] : 'timed out';
  return new TransportError(failure, `${address} ${sentence}.`, { cause });
}

function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return '';
  const code = 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : codeOf(error.cause);
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : '');

interface Told {
  readonly code: string;
  readonly title: string;
  readonly detail: string;
}

const NO_PROBLEM: Told = { code: '', title: '', detail: '' };

/** Undefined for what is no JSON object. */
function problemIn(body: string): Told | undefined {
  try {
    const problem: unknown = JSON.parse(body);
    if (typeof problem !== 'object' || problem === null) return undefined;
    const { code, title, detail } = problem as Record<string, unknown>;
    return { code: cleaned(code, 40), title: cleaned(title, 100), detail: cleaned(detail, 300) };
  } catch {
    return undefined;
  }
}

/** Strangers write this text: it is cut, and what steers a terminal never reaches one, or a log. */
const cleaned = (said: unknown, most: number): string =>
  typeof said === 'string' ? printable(said.slice(0, most)) : '';
