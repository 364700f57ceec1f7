// What we ask of systeminformation, and how to get it without loading it where it is not needed.

import { OperatingError } from '../../errors.ts';

/** Any number may be missing, null or negative where the library does not know a system well. */
type Figure = number | null | undefined;

export interface SystemInformation {
  mem(): Promise<{ total: Figure; available: Figure; swaptotal: Figure; swapused: Figure }>;
  fsSize(): Promise<FileSystemSize[]>;
  networkStats(interfaces: string): Promise<NetworkStats[]>;
}

export interface FileSystemSize {
  readonly type: string;
  readonly mount: string;
  readonly size?: Figure;
  readonly used: Figure;
  readonly available: Figure;
  /** Null where the system does not say. */
  readonly rw: boolean | null;
}

export interface NetworkStats {
  readonly iface: string;
  readonly rx_bytes: Figure;
  readonly tx_bytes: Figure;
}

export type LoadSystemInformation = () => Promise<SystemInformation>;

/** Its children and its 30 MB of memory are why Linux never loads it. */
export async function loadSystemInformation(): Promise<SystemInformation> {
  try {
    return (await import('systeminformation')).default;
  } catch (cause) {
    throw new OperatingError(
      'probe_library',
      'systeminformation cannot be loaded; run npm install to measure this system',
      { cause },
    );
  }
}

/** A figure that can be trusted to be one. */
export function isAmount(figure: Figure): figure is number {
  return typeof figure === 'number' && Number.isFinite(figure) && figure >= 0;
}
