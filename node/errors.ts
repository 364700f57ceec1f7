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

export class TransportError extends OperatingError {
  readonly failure: TransportFailure;
  constructor(failure: TransportFailure, message: string, options?: ErrorOptions) {
    super(`transport_${failure}`, message, options);
    this.name = 'TransportError';
    this.failure = failure;
  }
}
