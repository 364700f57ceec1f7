// What Linux says about loopback, processes and time.

import { readFileSync } from 'node:fs';

/** Monotonic and the same in every process of this machine, ms. */
export const machineMs = (): number => Number(process.hrtime.bigint()) / 1e6;

export interface WireCount {
  readonly bytes: number;
  readonly packets: number;
}

/**
 * What loopback has carried since it exists, TCP and IP headers included. Received only: on
 * loopback each packet counts as sent and as received. /proc/net is of this process's namespace,
 * while /sys would still be the one of the machine.
 */
export function readLoopback(): WireCount {
  const line = /^ *lo: *(\d+) +(\d+)/m.exec(readFileSync('/proc/net/dev', 'utf8'));
  if (line === null) throw new Error('/proc/net/dev has no line for lo');
  return { bytes: Number(line[1]), packets: Number(line[2]) };
}

/** Linux counts processor time for programs in steps of 10 ms, whatever its own clock. */
const TICK_MS = 10;

/** User and system time of all threads of a process since it began, ms. */
export function readCpuMs(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The second field is a name in brackets and may hold anything; utime and stime are 14 and 15.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
}

export interface MemoryUse {
  /** All pages it has in memory, MB of 10^6 bytes. */
  readonly rssMb: number;
  /** The same with shared pages divided by their users. */
  readonly pssMb: number;
}

export function readMemory(pid: number): MemoryUse {
  const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
  const megabytes = (name: string): number => {
    const kibibytes = new RegExp(`^${name}: +(\\d+) kB$`, 'm').exec(text)?.[1];
    return (Number(kibibytes) * 1_024) / 1e6;
  };
  return { rssMb: megabytes('Rss'), pssMb: megabytes('Pss') };
}
