// Which files another file system than the kernel's stands in for, and how they are read.

import { execFileSync } from 'node:child_process';
import { closeSync, openSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Reading } from '../../../node/ports.ts';
import { createProbes, DEFAULT_ROOTS } from '../../../node/probes/index.ts';
import { cgroupPlaces } from '../../../node/probes/support/cgroup.ts';
import { parseMounts } from '../../../node/probes/support/file-systems/mounts.ts';
import {
  createReadingAhead,
  findStandIns,
  type KernelProbe,
  type Place,
} from '../../../node/probes/support/stand-ins.ts';
import { readText } from '../../../node/probes/support/text.ts';
import { NEEDS_LINUX } from '../../support/lacking.ts';
import { createMachine, mountTable } from '../machine.ts';

const RECORDED = join(import.meta.dirname, '../recorded');

const PLACES: readonly Place[] = [
  { path: '/proc/stat', kind: 'text' },
  { path: '/proc/meminfo', kind: 'text' },
  { path: '/sys/class/net', kind: 'folder' },
  ...cgroupPlaces(DEFAULT_ROOTS),
];

const standInsOf = (name: string) =>
  findStandIns(
    PLACES,
    parseMounts(readFileSync(join(RECORDED, name, 'proc/self/mountinfo'), 'utf8')),
  );

describe('what stands in for files of the kernel', () => {
  it.each(['debian-5.10-service', 'docker-cgroup-v1', 'docker-cgroup-v2'])(
    'is nothing on %s, so all is read at once',
    (name) => expect(standInsOf(name)).toEqual([]),
  );

  it('is lxcfs in LXC, for what it is mounted over alone', () => {
    expect(standInsOf('lxc-5.15')).toEqual([
      { path: '/proc/meminfo', kind: 'text', type: 'fuse.lxcfs' },
    ]);
  });

  it('is told by the narrowest mount, the later of two, and the whole names of folders', () => {
    const mounts = parseMounts(
      mountTable(
        { path: '/proc', type: 'proc' },
        { path: '/proc/stat', type: 'proc' },
        { path: '/proc/stat', type: 'fuse.lxcfs' },
        { path: '/proc/mem', type: 'ext4' },
        // A system that starts mounts its root after these.
        { path: '/', type: 'ext4' },
      ),
    );
    const [stat, meminfo] = PLACES as readonly [Place, Place];
    expect(findStandIns([stat, meminfo], mounts)).toEqual([{ ...stat, type: 'fuse.lxcfs' }]);
  });

  it('may be anything where the mounts are not known', () => {
    expect(findStandIns(PLACES, [])).toHaveLength(PLACES.length);
  });

  it('is nothing for any probe here, unless this machine has lxcfs', NEEDS_LINUX, async () => {
    const table = readFileSync('/proc/self/mountinfo', 'utf8');
    const probes = createProbes({ platform: 'linux' });
    for (const probe of probes) await probe.collect(0);
    const atOnce = probes.flatMap(({ name, collect }) =>
      collect(1_000) instanceof Promise ? [] : name,
    );
    if (!/ (\/proc|\/sys)\/\S+ .* - fuse/.test(table)) {
      expect(atOnce).toEqual(['cpu', 'memory', 'swap', 'network', 'load']);
    }
  });
});

describe('a file that stands in', NEEDS_LINUX, () => {
  /** Tells the length of what it reads. */
  const lengthProbe = (path: string): KernelProbe => ({
    name: path,
    metrics: [],
    reads: [{ path, kind: 'text' }],
    collect: () => {
      const text = readText(path);
      return text === undefined ? [] : [{ metric: 'length', value: text.length }];
    },
  });

  const length = (value: number): Reading[] => [{ metric: 'length', value }];

  function newFiles() {
    const machine = createMachine();
    machine.write('proc/hung', '');
    const at = (name: string): string => join(machine.roots.proc, name);
    rmSync(at('hung'));
    execFileSync('mkfifo', [at('hung')]);
    machine.write('proc/sound', 'abc');
    machine.write('proc/mountinfo', mountTable({ path: '/' }));
    const readingAhead = createReadingAhead({
      mountTable: at('mountinfo'),
      answerWithinMs: 50,
    });
    return { at, machine, readingAhead };
  }

  it('is taken from memory, so that the probe does not open it again', async () => {
    const { at, machine, readingAhead } = newFiles();
    const sound = lengthProbe(at('sound'));
    const probe = readingAhead({
      ...sound,
      collect(nowMs) {
        machine.write('proc/sound', 'changed meanwhile');
        return sound.collect(nowMs);
      },
    });
    expect(await probe.collect(0)).toEqual(length(3));
  });

  it('that is absent, or cannot be read, is so to the probe too', async () => {
    const { at, machine, readingAhead } = newFiles();
    machine.close('proc/closed');
    expect(await readingAhead(lengthProbe(at('absent'))).collect(0)).toEqual([]);
    await expect(readingAhead(lengthProbe(at('closed'))).collect(0)).rejects.toThrow(
      /closed cannot be read \(EISDIR\)/,
    );
  });

  it('that hangs is waited for once, and no other is asked until it answers', async () => {
    const { at, readingAhead } = newFiles();
    // A writer that says nothing: opening succeeds, and reading hangs.
    const writer = openSync(at('hung'), 'r+');
    const hung = readingAhead(lengthProbe(at('hung')));
    const sound = readingAhead(lengthProbe(at('sound')));
    onTestFinished(() => closeSync(writer));
    const sentence = `${at('hung')} does not answer; mend the file system that it lies on (ext4)`;
    const both = await Promise.allSettled([hung.collect(0), sound.collect(0)]);
    expect(both.map((one) => (one.status === 'rejected' ? one.reason.message : one))).toEqual([
      sentence,
      `${at('sound')} is not asked while ${at('hung')} hangs; ` +
        'mend the file system that it lies on (ext4)',
    ]);
    await expect(hung.collect(1_000)).rejects.toThrow(sentence);
  });
});
