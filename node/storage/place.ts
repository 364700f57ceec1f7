// Where a database lies, as an interface: on a machine with files they can be looked at.

import { OperatingError } from '../errors.ts';

const FAULTS = ['store_gone', 'store_replaced', 'store_log_gone', 'store_overwritten'] as const;

/** What another program may have done to open files; no connection outlives it. */
export type Fault = (typeof FAULTS)[number];

export const isFault = (error: unknown): error is OperatingError & { readonly code: Fault } =>
  error instanceof OperatingError && FAULTS.some((fault) => fault === error.code);

export interface Place {
  /** Before every attempt to open; makes the folder. */
  prepare(): Promise<void>;
  /** The driver has just opened the files that are there now. */
  opened(): Promise<void>;
  /**
   * Rejects with an OperatingError whose code is a Fault when the files are not those that were
   * opened, or not as they were left. `newestMark`: the highest `user_version` that was written.
   */
  check(newestMark: number): Promise<void>;
  /** Takes the file as it is: another program wrote to it, by the database's own rules. */
  accept(): void;
  logBytes(): number;
  /** What the log holds belongs to pages that are no more, and must not come into the file. */
  discardLog(): Promise<void>;
  /** Done with these files: closes them for good, and removes a log whose database is elsewhere. */
  leave(close: () => Promise<void>): Promise<void>;
  /** A problem of the driver's in the words of the system, where that knows more. */
  explain(problem: OperatingError): Promise<OperatingError>;
}
