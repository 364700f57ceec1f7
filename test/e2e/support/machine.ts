// What this machine's own tools say of it, to hold a node's figures against.

import { readFile, statfs } from 'node:fs/promises';
import { totalmem } from 'node:os';

/** (total − available) / total, in %. */
export async function memoryPercent(): Promise<number> {
  const text = await readFile('/proc/meminfo', 'utf8');
  const field = (name: string): number =>
    Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(text)?.[1]);
  return (100 * (field('MemTotal') - field('MemAvailable'))) / field('MemTotal');
}

/** Inside a container with a limit, nodes tell the limit's share instead. */
export const isMemoryLimited = (): boolean => {
  const limit = process.constrainedMemory();
  return limit > 0 && limit < totalmem();
};

/** Used shares of every mounted file system as `df` counts them, in %. */
export async function usedPercents(): Promise<number[]> {
  const mounts = (await readFile('/proc/self/mountinfo', 'utf8')).trim().split('\n');
  const folders = mounts.map((line) => line.split(' ')[4] ?? '/');
  const shares = await Promise.all(folders.map(usedPercent));
  return shares.filter((share) => Number.isFinite(share));
}

async function usedPercent(folder: string): Promise<number> {
  const { blocks, bfree, bavail } = await statfs(folder).catch(() => NONE);
  return (100 * (blocks - bfree)) / (blocks - bfree + bavail);
}

const NONE = { blocks: 0, bfree: 0, bavail: 0 };
