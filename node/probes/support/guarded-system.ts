// A Linux whose /proc the runtime keeps closed: what its own functions tell all the same. Network
// and swap are not among it.

import { statfs } from 'node:fs/promises';
import { freemem, totalmem } from 'node:os';
import type { SystemInformation } from './system-information.ts';

export const loadGuardedSystem = async (): Promise<SystemInformation> => ({
  mem: async () => ({
    total: totalmem(),
    // On Linux it is what programs can still get, not what lies idle.
    available: freemem(),
    swaptotal: undefined,
    swapused: undefined,
  }),
  async fsSize() {
    const { blocks, bfree, bavail, bsize } = await statfs('/');
    const [used, available] = [(blocks - bfree) * bsize, bavail * bsize];
    return [{ type: '', mount: '/', used, available, rw: true }];
  },
  networkStats: async () => [],
});
