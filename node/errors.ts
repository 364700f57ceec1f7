// Operating errors: the world refused, the program is sound. A programmer's error is never one.

import type { TransportFailure } from './ports.ts';

/** `message` is one sentence that names what is wrong and, where there is one, the fix. */
export class OperatingError extends Error {
  readonly code: string;
  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'OperatingError';
    this.code = code;
  }
}

/** What somebody has to mend before exchanges with a peer can work, such as a wrong key. */
export interface PeerProblem {
  /** A stable word, the peer's own where it refused. */
  readonly code: string;
  readonly sentence: string;
}

export interface TransportErrorOptions extends ErrorOptions {
  readonly problem?: PeerProblem | undefined;
  readonly isStale?: boolean;
}

export class TransportError extends OperatingError {
  readonly failure: TransportFailure;
  /** Absent for what comes and goes by itself, as a peer's restart does. */
  readonly problem: PeerProblem | undefined;
  /**
   * A kept connection ended as it was used: nothing was answered, and the peer may have seen the
   * message or not. Another try tells.
   */
  readonly isStale: boolean;
  constructor(failure: TransportFailure, message: string, options: TransportErrorOptions = {}) {
    super(`transport_${failure}`, message, options);
    this.name = 'TransportError';
    this.failure = failure;
    this.problem = options.problem;
    this.isStale = options.isStale === true;
  }
}

/** Whether the system says that this process, or the machine, may open no more files. */
export const isOutOfFiles = (code: unknown): boolean => code === 'EMFILE' || code === 'ENFILE';

/** The same of a sentence, where what was told has no code for it. */
export const saysOutOfFiles = (text: string): boolean =>
  /EMFILE|ENFILE|too many open files/i.test(text);

/** What to do about it, without the full stop. */
export const RAISE_FILES =
  'the node has as many files open as it may: raise its limit (ulimit -n, or LimitNOFILE= of its ' +
  'service)';
