// From counters of CPU time to a share. Time that one counter lost is no time, but the others know
// enough: only what makes up most of the time cannot be done without.

import { createFalls } from './falls.ts';

/** Ticks since boot: user, nice, system, idle, iowait, irq, softirq, steal. */
export type CpuTimes = readonly number[];

export const CPU_COLUMNS = [
  'user',
  'nice',
  'system',
  'idle',
  'iowait',
  'irq',
  'softirq',
  'steal',
] as const;

const IDLE = 3;
/** proc(5) says that this counter may fall. It falls by little, and is idle time anyway. */
const IOWAIT = 4;
/** Without one of user, system and idle the rest could be told as 0 or as 100 %. */
const ESSENTIAL: ReadonlySet<number> = new Set([0, 2, IDLE]);

/**
 * % busy between two counts; undefined when no tick passed or one of the essential counters fell.
 * Time stolen by the hypervisor is busy: no more work would have fitted in. Waiting for I/O is
 * idle. Any other counter that falls is left out, and so are those of `leftOut`.
 */
export function cpuShare(
  before: CpuTimes,
  after: CpuTimes,
  leftOut?: (column: number) => boolean,
): number | undefined {
  let idle = 0;
  let busy = 0;
  for (const [column, ticks] of after.entries()) {
    const passed = ticks - (before[column] ?? 0);
    if (passed < 0 && ESSENTIAL.has(column)) return undefined;
    if (column === IDLE || column === IOWAIT) idle += Math.max(0, passed);
    else if (!leftOut?.(column)) busy += Math.max(0, passed);
  }
  return busy + idle === 0 ? undefined : Math.min(100, (100 * busy) / (busy + idle));
}

export interface CpuMeter {
  /** % busy since the last call; undefined at first, and after a `read` that threw or had none. */
  measure(read: () => CpuTimes | undefined, nowMs: number): number | undefined;
  /** The next call is a first one. */
  forget(): void;
  /** Counters that keep falling, a sentence each. */
  remarks(): readonly string[];
}

/** `source` says where the counters stand, such as `/proc/stat`. */
export function createCpuMeter(source: string): CpuMeter {
  const falls = createFalls();
  let before: CpuTimes | undefined;
  return {
    measure(read, nowMs) {
      const last = before;
      before = undefined;
      before = read();
      if (last === undefined || before === undefined) return undefined;
      falls.note(fallenColumns(last, before), nowMs);
      if (falls.isEmpty) return cpuShare(last, before);
      return cpuShare(
        last,
        before,
        (column) => !ESSENTIAL.has(column) && falls.isRecent(CPU_COLUMNS[column] ?? ''),
      );
    },
    forget() {
      before = undefined;
    },
    remarks: () => falls.lasting().map((name) => remarkOn(name, source)),
  };
}

function fallenColumns(before: CpuTimes, after: CpuTimes): readonly string[] {
  const hasFallen = (ticks: number, column: number) =>
    column !== IOWAIT && ticks < (before[column] ?? 0);
  return after.some(hasFallen)
    ? CPU_COLUMNS.filter((_, column) => hasFallen(after[column] ?? 0, column))
    : NONE;
}

const NONE: readonly string[] = [];

function remarkOn(name: string, source: string): string {
  const isEssential = [...ESSENTIAL].some((column) => CPU_COLUMNS[column] === name);
  const what = `the counter ${name} in ${source} falls again and again`;
  const so = isEssential ? ', so there is no value' : ' and is left out';
  return `${what}${so}; update the kernel, or the hypervisor below it`;
}
