// What a test opened is closed when the test has ended, the newest first.

import { onTestFinished } from 'vitest';

/** Whatever it returns is waited for. */
export const atEnd = (cleanUp: () => unknown): void =>
  onTestFinished(async () => {
    await cleanUp();
  });

/** Returns what it was given. */
export function keep<One extends { close(): unknown }>(one: One): One {
  atEnd(() => one.close());
  return one;
}
