// Two processes of one id in one data folder: the second is refused, and a dead one refuses none.

import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { claimFolder, claimOf } from '../../../node/host/process/folder-claim.ts';

const folder = mkdtempSync(join(tmpdir(), 'priomon-claim-'));
const children: ChildProcess[] = [];
afterAll(() => {
  for (const child of children) child.kill('SIGKILL');
  rmSync(folder, { recursive: true });
});

const MODULE = new URL('../../../node/host/process/folder-claim.ts', import.meta.url).href;

/** Another process that claims an id here. */
async function claimElsewhere(id: string): Promise<ChildProcess & { readonly pid: number }> {
  const script =
    `const { claimFolder } = await import(${JSON.stringify(MODULE)});` +
    `await claimFolder(${JSON.stringify(id)}, ${JSON.stringify(folder)});` +
    "process.stdout.write('claimed'); setInterval(() => {}, 1_000);";
  const child = spawn(process.execPath, ['--input-type=module', '-e', script]);
  children.push(child);
  await new Promise((resolve) => child.stdout.once('data', resolve));
  return child as typeof child & { readonly pid: number };
}

describe('the claim on the files of an id', () => {
  it('is refused while another process has it, and free once that was killed', async () => {
    const other = await claimElsewhere('n1');
    await expect(claimFolder('n1', folder)).rejects.toMatchObject({
      code: 'id_taken',
      message:
        `A node called n1 stores in folder ${folder} already, process ${other.pid}; give this ` +
        'one another --id, or stop the other first.',
    });
    const neighbour = await claimFolder('n2', folder);
    await neighbour.close();
    const ended = new Promise((resolve) => other.once('exit', resolve));
    other.kill('SIGKILL');
    await ended;
    expect(existsSync(claimOf('n1', folder))).toBe(true);
    const claim = await claimFolder('n1', folder);
    await claim.close();
    expect(existsSync(claimOf('n1', folder))).toBe(false);
  });

  it('is free where a later process has the number, and where the file says nothing', async () => {
    const other = await claimElsewhere('n3');
    const path = claimOf('n3', folder);
    const [pid, ticks, boot] = readFileSync(path, 'utf8').trim().split(' ');
    expect(Number(pid)).toBe(other.pid);
    for (const text of [
      `${pid} ${Number(ticks) - 1} ${boot}\n`,
      `${pid} ${ticks} old\n`,
      '',
      'x',
    ]) {
      writeFileSync(path, text);
      const claim = await claimFolder('n3', folder);
      await claim.close();
    }
  });

  it('is of one of several that find what a killed process left at the same moment', async () => {
    const other = await claimElsewhere('n4');
    const path = claimOf('n4', folder);
    // The other is about to put it aside, and to put its own in that place.
    renameSync(path, `${path}.turn`);
    writeFileSync(path, '1 1 old\n');
    const message = expect.stringContaining(`process ${other.pid};`);
    await expect(claimFolder('n4', folder)).rejects.toMatchObject({ code: 'id_taken', message });
    expect(readFileSync(path, 'utf8')).toBe('1 1 old\n');

    // It was killed before it came to that.
    const ended = new Promise((resolve) => other.once('exit', resolve));
    other.kill('SIGKILL');
    await ended;
    const claim = await claimFolder('n4', folder);
    expect(readFileSync(path, 'utf8')).toMatch(new RegExp(`^${process.pid} `));
    await claim.close();
    expect(readdirSync(folder).filter((name) => name.startsWith('n4'))).toEqual([]);
  });

  it('keeps no node from starting, nor from going on, where the volume hangs', async () => {
    // Whoever opens it waits for a writer.
    execFileSync('mkfifo', [claimOf('n5', folder)]);
    const child = await claimElsewhere('n5');
    expect(child.exitCode).toBeNull();
  });

  it('keeps no node from starting where there is no such folder', async () => {
    const claim = await claimFolder('n1', join(folder, 'gone'));
    await claim.close();
  });
});
