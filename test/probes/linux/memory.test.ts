import { describe, expect, test } from 'vitest';
import { createMemoryProbe, limitedShare, parseMemory } from '../../../node/probes/linux/memory.ts';
import { parseSwap } from '../../../node/probes/linux/swap.ts';
import { createMachine } from '../machine.ts';

const lines = (fields: Readonly<Record<string, number>>) =>
  Object.entries(fields)
    .map(([name, value]) => `${name}:${String(value).padStart(16)} kB\n`)
    .join('');

describe('memory', () => {
  test('what the kernel calls available wins over free', () => {
    const text = lines({ MemTotal: 1000, MemFree: 100, MemAvailable: 700, Cached: 600 });
    expect(parseMemory(text)).toEqual({ totalKb: 1000, availableKb: 700 });
  });

  test('an old kernel: free and caches, without the shared memory that caches include', () => {
    const old = { MemFree: 100, Buffers: 50, Cached: 400, Shmem: 150, SReclaimable: 20 };
    expect(parseMemory(lines({ MemTotal: 1000, ...old })).availableKb).toBe(420);
  });

  test('available is never below nothing nor above all', () => {
    const shared = lines({ MemTotal: 1000, MemFree: 10, Shmem: 500 });
    expect(parseMemory(shared).availableKb).toBe(0);
    const odd = lines({ MemTotal: 1000, MemFree: 10, MemAvailable: 2000 });
    expect(parseMemory(odd).availableKb).toBe(1000);
  });

  test('a kernel that knows of no memory at all gives no data, not 0 %', () => {
    const machine = createMachine();
    machine.write('proc/meminfo', lines({ MemTotal: 0, MemFree: 0 }));
    expect(createMemoryProbe(machine.roots).collect(0)).toEqual([]);
  });
});

describe('memory under a limit', () => {
  test('file cache that would be dropped first is not in use', () => {
    const limit = { limitBytes: 1000, version: 2 } as const;
    expect(limitedShare('900\n', 'anon 500\ninactive_file 400\n', limit)).toBe(50);
  });

  test('version 1 counts the cache of the children too', () => {
    const stat = 'inactive_file 1\ntotal_inactive_file 400\n';
    expect(limitedShare('900\n', stat, { limitBytes: 1000, version: 1 })).toBe(50);
  });

  test('stays within 0 and 100 while the two files disagree for a moment', () => {
    const limit = { limitBytes: 1000, version: 2 } as const;
    expect(limitedShare('300', 'inactive_file 400\n', limit)).toBe(0);
    expect(limitedShare('1200', 'inactive_file 0\n', limit)).toBe(100);
  });

  test('a limit raised while the node runs is found within 30 s', () => {
    const machine = createMachine('docker-cgroup-v2');
    const probe = createMemoryProbe(machine.roots);
    expect(probe.collect(0)).toEqual([{ metric: 'memory', value: 50 }]);
    machine.write('sys/fs/cgroup/memory.max', '2147483648\n');
    expect(probe.collect(30_000)).toEqual([{ metric: 'memory', value: 25 }]);
  });
});

describe('swap', () => {
  test('is the used share', () => {
    expect(parseSwap(lines({ MemTotal: 1, SwapTotal: 400, SwapFree: 100 }))).toBe(75);
  });

  test('a machine without swap has no reading, rather than 0 %', () => {
    expect(parseSwap(lines({ MemTotal: 1, SwapTotal: 0, SwapFree: 0 }))).toBeUndefined();
    expect(parseSwap(lines({ MemTotal: 1 }))).toBeUndefined();
  });
});
