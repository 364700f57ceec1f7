// How a node ends: with a goodbye, once, or without a word.

import type { LeaveNotice } from '../../core/model.ts';
import type { Driver } from '../../driver.ts';

/** Whatever must be closed with the node. */
export interface Part {
  close(): Promise<void>;
}

export function createEnding(driver: Driver, parts: readonly Part[]) {
  let ended: Promise<void> | undefined;
  const abandon = async (): Promise<void> => {
    driver.stop();
    await Promise.all(parts.map((part) => part.close()));
  };
  const end = async (notice: LeaveNotice): Promise<void> => {
    await driver.leave(notice);
    await abandon();
  };
  return {
    /** Says goodbye, then ends everything; called again, it waits for the first call. */
    close(notice: LeaveNotice = { reason: 'stopped' }): Promise<void> {
      ended ??= end(notice);
      return ended;
    },
    abandon,
  };
}
