// One node in this process, over real HTTP: what it answers while it starts, runs and ends.

import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { loadConfig } from '../../node/config/load.ts';
import type { NodeConfig } from '../../node/config/schema.ts';
import type { HostedNode, HostParts } from '../../node/host/composition.ts';
import { startNode } from '../../node/host/node.ts';
import type { Machine } from '../../node/host/process/measuring.ts';
import type { ReadyAnswer } from '../../node/http/answers/health-shapes.ts';
import type { StateAnswer } from '../../node/http/answers/shapes.ts';
import { deviceName } from '../../node/probes/support/file-systems/statfs.ts';
import { freePort } from '../e2e/support/ports.ts';

const nodes: HostedNode[] = [];
afterEach(async () => {
  await Promise.all(nodes.splice(0).map((node) => node.close()));
});

/** A machine without probes: what is measured is no concern here. */
const NO_MACHINE: Machine = { probes: [], collect: async () => [], runs: () => [] };

async function start(flags: Record<string, string> = {}, parts: Partial<HostParts> = {}) {
  const { config } = loadConfig({ environment: {}, flags: { port: '0', id: 'a', ...flags } });
  return startWith(config, parts);
}

async function startWith(config: NodeConfig, parts: Partial<HostParts> = {}): Promise<HostedNode> {
  const given = { stores: undefined, machine: NO_MACHINE, log: () => {}, ...parts };
  const node = await startNode(config, given);
  nodes.push(node);
  return node;
}

const get = async <T>(url: string): Promise<T> => (await (await fetch(url)).json()) as T;

const leave = (node: HostedNode, reason: string): Promise<Response> =>
  fetch(`${node.url}/leave`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ reason }),
  });

describe('a hosted node', () => {
  it('answers at its URL, base path included', async () => {
    const node = await start({ base_path: '/priomon' });
    expect(node.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/priomon$/);
    expect(Object.keys((await get<StateAnswer>(`${node.url}/state`)).nodes)).toEqual(['a']);
  });

  it('gives up its port when it is closed, and closing again waits for the first', async () => {
    const node = await start();
    await Promise.all([node.close(), node.close()]);
    const again = await start({ port: new URL(node.url).port });
    expect(again.url).toBe(node.url);
  });

  it('rejects with a sentence when its port is taken', async () => {
    const node = await start();
    const port = new URL(node.url).port;
    await expect(start({ port })).rejects.toMatchObject({
      code: 'port_taken',
      message: expect.stringMatching(/^Port \d+ on 127\.0\.0\.1 is taken; stop the program/),
    });
  });

  it('tells the program that runs it that it left, after it answered', async () => {
    const onEnd = vi.fn();
    const node = await start({}, { onEnd });
    expect((await leave(node, 'new kernel')).status).toBe(202);
    await vi.waitFor(() =>
      expect(onEnd).toHaveBeenCalledWith('it was told to leave: new kernel', false),
    );
    await expect(fetch(node.url)).rejects.toThrow();
  });

  it('tells in /readyz and in the log what its probes cannot measure', async () => {
    const host = mkdtempSync(join(tmpdir(), 'priomon-host-'));
    onTestFinished(() => rmSync(host, { recursive: true }));
    for (const folder of ['proc/1', 'data']) mkdirSync(join(host, folder), { recursive: true });
    const mount = (path: string, device: string): string =>
      `1 1 ${device} / ${path} rw,relatime shared:1 - ext4 /dev/x rw\n`;
    const table = mount('/', deviceName(statSync(host).dev)) + mount('/data', '8:250');
    writeFileSync(join(host, 'proc/1/mountinfo'), table);
    const flags = { port: '0', id: 'a', host_root: host };
    const log = vi.fn();
    const { config } = loadConfig({ environment: {}, flags });
    const node = await startNode(config, { stores: undefined, log });
    nodes.push(node);
    const { ready, checks } = await get<ReadyAnswer>(`${node.url}/readyz`);
    const told = expect.stringMatching(/^Probe storage: \/data is not seen below /);
    expect(ready).toBe(true);
    expect(checks.probes).toEqual({ status: 'degraded', problems: [told] });
    await vi.waitFor(() => expect(log).toHaveBeenCalledWith('warn', told), { timeout: 10_000 });
  });

  it('counts what it refuses before anything is read', async () => {
    const node = await start();
    const body = new Uint8Array(200_000);
    const response = await fetch(`${node.url}/gossip`, { method: 'POST', body });
    expect(response.status).toBe(413);
    const { gossip } = await get<ReadyAnswer>(`${node.url}/readyz`);
    expect(gossip.refused).toEqual({ too_large: 1 });
  });

  it('does not start where its id is alive, says where, and frees its port', async () => {
    const onEnd = vi.fn();
    const older = await start({}, { onEnd });
    const port = String(await freePort());
    await expect(start({ port, join: older.url })).rejects.toMatchObject({
      code: 'id_taken',
      message:
        `A node called a runs at ${older.url} already; give this one another --id, ` +
        'or stop the other first.',
    });
    expect(onEnd).not.toHaveBeenCalled();
    await start({ id: 'b', port, join: older.url });
  });

  it('finds its id also where a peer alone knows where it lives', async () => {
    const older = await start();
    const peer = await start({ id: 'b', join: older.url });
    await vi.waitFor(() => expect(peer.driver.view.member('a')).toBeDefined(), 5_000);
    await expect(start({ join: peer.url })).rejects.toMatchObject({
      code: 'id_taken',
      message: expect.stringContaining(`runs at ${older.url} already`),
    });
  });

  it('starts where its id has left, or no node answers for it', async () => {
    const older = await start();
    const peer = await start({ id: 'b', join: older.url });
    await vi.waitFor(() => expect(peer.driver.view.member('a')).toBeDefined(), 5_000);
    await older.abandon();
    expect(peer.driver.view.member('a')?.status).toBe('alive');
    const moved = await start({ join: peer.url });
    await vi.waitFor(() => expect(peer.driver.view.member('a')?.address).toBe(moved.url), 5_000);
    await moved.close();
    await start({ join: peer.url });
  });
});

describe('the log of a hosted node', () => {
  it('has a line for each change of a member', async () => {
    const log = vi.fn();
    const node = await start({}, { log });
    const peer = await start({ id: 'b', join: node.url });
    await vi.waitFor(() => expect(log).toHaveBeenCalledWith('info', 'b is alive'), 5_000);
    await peer.close();
    await vi.waitFor(() => expect(log).toHaveBeenCalledWith('info', 'b has left'), 5_000);
  });
});
