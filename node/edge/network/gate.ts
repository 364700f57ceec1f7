// What an object believes: as every node does, and after a sleep, which forgets what was received
// before it, no signed call that is older than the newest it had.

import { readCall } from '../../signing/call.ts';
import { createGate, type Gate, type GateOptions } from '../../signing/gate.ts';
import { REPLAYED } from '../../signing/refusals.ts';

/** Of signed calls that were let in, the newest time that one named, wall clock, ms. */
export interface CallMemory {
  readonly beforeSleepMs: number;
  newestMs: number;
}

export function createEdgeGate(options: GateOptions, memory: CallMemory): Gate {
  const gate = createGate(options);
  return {
    ...gate,
    async refuseCall(call, authorization, caller) {
      const refusal = await gate.refuseCall(call, authorization, caller);
      const timeMs = readCall(authorization)?.timeMs;
      if (refusal !== undefined || timeMs === undefined) return refusal;
      // Exchanges may come twice, a merge bears that; a call that changes something may not.
      if (timeMs <= memory.beforeSleepMs) return REPLAYED;
      memory.newestMs = Math.max(memory.newestMs, timeMs);
      return undefined;
    },
  };
}
