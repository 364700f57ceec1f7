// Where a database lies, as an interface: on a machine with files they can be looked at.

import { OperatingError } from '../../errors.ts';

const FAULTS = ['store_gone', 'store_replaced', 'store_log_gone', 'store_overwritten'] as const;

/** What another program may have done to an open database's files; no connection outlives it. */
export type Fault = (typeof FAULTS)[number];

export const isFault = (error: unknown): error is OperatingError & { readonly code: Fault } =>
  error instanceof OperatingError && FAULTS.some((fault) => fault === error.code);

/** What tells a database's content from another's; the file itself may lag behind its log. */
export interface Content {
  /** `user_version`: raised with each transaction of ours. */
  readonly mark: number;
  /** `schema_version`: raised with each change of the tables, and by a copy that SQL makes. */
  readonly cookie: number;
}

export interface Place {
  /** Before every attempt to open; makes the folder. */
  prepare(): Promise<void>;
  /** The driver has just opened the files that are there now. */
  opened(): Promise<void>;
  /**
   * Rejects with an OperatingError whose code is a Fault when the files are not those that were
   * opened, or not as they were left. `newest` is what the database says, its log included.
   */
  check(newest: Content): Promise<void>;
  /** Takes the file as it is: another program wrote to it, by the database's own rules. */
  accept(): Promise<void>;
  logBytes(): number;
  /** What the log holds belongs to pages that are no more, and must not come into the file. */
  discardLog(): Promise<void>;
  /** Done with these files: closes them for good, and removes a log whose database is elsewhere. */
  leave(close: () => Promise<void>): Promise<void>;
  /** A problem of the driver's in the words of the system, where that knows more. */
  explain(problem: OperatingError): Promise<OperatingError>;
}
