// Several hosts for real: signed nodes, each a process with a network of its own, that lose
// packets, live behind NAT or on IPv6 alone, move, and are set up wrongly.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { lacking, showsLess, unless } from '../support/lacking.ts';
import { createNetwork, findWay, type Host, type Network, whyNoNetworks } from './network.ts';
import { endAll, idsBy, type NodeProcess, PORT, startNode } from './processes.ts';

const NEEDS_NETWORKS = lacking(await whyNoNetworks());
const way = await findWay();
const BEST_WITH_IPTABLES = showsLess(
  unless(way === 'iptables', 'there is no iptables, so a node hides by listening on loopback'),
);

const until = <T>(check: () => T | Promise<T>, timeout = 15_000): Promise<T> =>
  vi.waitFor(check, { timeout, interval: 50 });

const urlOf = ({ v4 }: Host): string => `http://${v4}:${PORT}`;

const untilAlive = (node: NodeProcess, ids: readonly string[]): Promise<void> =>
  until(async () =>
    expect(idsBy(await node.state(), 'alive')).toEqual(expect.arrayContaining([...ids])),
  );

const untilKnown = (
  node: NodeProcess,
  id: string,
  metric: string,
  value: number,
  timeoutMs: number,
) =>
  until(async () => {
    expect((await node.state())[id]?.metrics[metric]?.value).toBe(value);
  }, timeoutMs);

describe(`hosts with a network each (packets are dropped by ${way})`, NEEDS_NETWORKS, () => {
  let network: Network;
  const ids = ['a', 'b', 'c', 'd'];
  let nodes: NodeProcess[] = [];

  /** The node of that name. */
  const node = (id: string): NodeProcess => nodes[ids.indexOf(id)] as NodeProcess;

  beforeAll(async () => {
    network = await createNetwork(way);
    const hosts = [];
    for (const _ of ids) hosts.push(await network.addHost());
    const [first] = hosts as [Host];
    nodes = hosts.map((host, i) => startNode(host, ids[i] ?? '', { JOIN: urlOf(first) }));
    for (const each of nodes) await untilAlive(each, ids);
  });
  afterAll(async () => {
    endAll();
    await network?.close();
  });

  it('say where they are by themselves, and report no problem', async () => {
    const state = await node('d').state();
    for (const id of ids) expect(state[id]?.address).toBe(urlOf(node(id).host));
    for (const each of nodes) expect((await each.ready()).checks.peers.problems).toEqual([]);
  });

  it('take each other for dead across a partition, and heal when it does', async () => {
    for (const one of ['a', 'b']) {
      for (const other of ['c', 'd']) {
        await network.drop(node(one).host, node(other).host);
        await network.drop(node(other).host, node(one).host);
      }
    }
    await until(async () => {
      expect(idsBy(await node('a').state(), 'dead')).toEqual(['c', 'd']);
      expect(idsBy(await node('d').state(), 'dead')).toEqual(['a', 'b']);
    });
    await node('a').tell('side', 1, 10);
    await node('d').tell('side', 4, 10);
    await network.heal();
    for (const each of nodes) await untilAlive(each, ids);
    await untilKnown(node('c'), 'a', 'side', 1, 5_000);
    await untilKnown(node('b'), 'd', 'side', 4, 5_000);
  });

  it('keep each other alive through others when one way is lost', async () => {
    const failedBefore = (await node('a').ready()).gossip.failedExchanges;
    await network.drop(node('a').host, node('c').host);
    // Twice the longest suspicion.
    const endsAt = performance.now() + 3_000;
    while (performance.now() < endsAt) {
      for (const each of nodes) expect(idsBy(await each.state(), 'dead')).toEqual([]);
    }
    expect((await node('a').ready()).gossip.failedExchanges).toBeGreaterThan(failedBefore);
    await node('a').tell('load', 7, 10);
    await untilKnown(node('c'), 'a', 'load', 7, 3_000);
    await node('c').tell('load', 8, 10);
    await untilKnown(node('a'), 'c', 'load', 8, 3_000);
    await network.heal();
  });

  it(
    'take in an outbound-only node, and exchange urgent changes with it both ways',
    BEST_WITH_IPTABLES,
    async () => {
      const settings = { ADVERTISE: 'none', JOIN: urlOf(node('a').host) };
      const hidden =
        way === 'iptables'
          ? startNode(await network.addHiddenHost(), 'hidden', settings, true)
          : startNode(
              await network.addHost(),
              'hidden',
              { ...settings, LISTEN: '127.0.0.1' },
              true,
            );
      await untilAlive(hidden, [...ids, 'hidden']);
      for (const each of nodes) await untilAlive(each, ['hidden']);
      const seen = (await node('c').state()).hidden;
      expect(seen).toMatchObject({ address: '', callsOutOnly: true });
      await hidden.tell('alarm', 1, 10);
      for (const each of nodes) await untilKnown(each, 'hidden', 'alarm', 1, 2_000);
      await node('d').tell('alarm', 2, 10);
      await untilKnown(hidden, 'd', 'alarm', 2, 2_000);
      // It is missed only after a long silence: calls of others would all have failed by now.
      for (const each of nodes) expect(idsBy(await each.state(), 'suspect')).toEqual([]);
      hidden.signal('SIGTERM');
      expect(await hidden.ended).toBe(0);
      await until(async () => expect(idsBy(await node('b').state(), 'left')).toEqual(['hidden']));
    },
  );

  it('refuse a node that is reached on loopback alone, and both sides say why', async () => {
    const settings = { LISTEN: '127.0.0.1', JOIN: urlOf(node('a').host) };
    const local = startNode(await network.addHost(), 'local', settings, true);
    const why = `says it is reached at http://127.0.0.1:${PORT}, which leads every other machine`;
    await until(async () => {
      for (const side of [local, node('a')])
        expect((await side.ready()).checks.peers.problems.join()).toContain(why);
    });
    expect(local.said()).toContain(`${urlOf(node('a').host)} refuses this node (loopback_address)`);
    expect(local.said()).toContain(
      `--advertise to what others can call, such as ${urlOf(local.host)}`,
    );
    expect(node('a').said()).toContain(`${local.host.v4} is refused (loopback_address)`);
    expect(await node('b').state()).not.toHaveProperty('local');
    local.signal('SIGKILL');
  });

  it('follow a machine to its new address, also through a restart, history and all', async () => {
    const data = await mkdtemp(join(tmpdir(), 'priomon-netns-'));
    const settings = { JOIN: urlOf(node('a').host), DATA: data };
    const laptop = startNode(await network.addHost(), 'laptop', settings, true);
    for (const each of nodes) await untilAlive(each, ['laptop']);
    await laptop.tell('steps', 1, 10);
    const { generation } = (await node('a').state()).laptop ?? {};

    const there = await network.readdress(laptop.host, 7);
    const moved = { status: 'alive', address: urlOf(there), generation };
    for (const each of nodes)
      await until(async () => expect((await each.state()).laptop).toMatchObject(moved));
    expect(laptop.said()).toContain(`peers reach this node at ${urlOf(there)} from now on`);
    await laptop.tell('steps', 2, 10);
    await untilKnown(node('d'), 'laptop', 'steps', 2, 3_000);

    laptop.signal('SIGTERM');
    await laptop.ended;
    const elsewhere = await network.readdress(there, 9);
    // It is told of no peer: where they are is in its database.
    const again = startNode(elsewhere, 'laptop', { DATA: data }, true);
    const back = { status: 'alive', address: urlOf(elsewhere) };
    for (const each of nodes)
      await until(async () => expect((await each.state()).laptop).toMatchObject(back));
    expect((await node('a').state()).laptop?.generation).toBeGreaterThan(generation ?? 0);
    const { points } = await again.history('node=laptop&metric=steps');
    expect(points.map(({ avg }) => avg)).toEqual([1, 2]);
    again.signal('SIGKILL');
    await again.ended;
    await rm(data, { recursive: true });
  });

  it('that are two with one id end as one: the newer does not start, and says why', async () => {
    const settings = { JOIN: urlOf(node('a').host) };
    const older = startNode(await network.addHost(), 'twin', settings);
    await untilAlive(node('a'), ['twin']);
    const newer = startNode(await network.addHost(), 'twin', settings);
    expect(await newer.ended).toBe(1);
    expect(newer.said()).toContain(
      `A node called twin runs at ${urlOf(older.host)} already; give this one another --id, or`,
    );
    const seen = { status: 'alive', address: urlOf(older.host) };
    await until(async () => expect((await node('c').state()).twin).toMatchObject(seen));
    expect((await older.ready()).checks.peers.problems).toEqual([]);
  });
});

describe('hosts on IPv6 alone', NEEDS_NETWORKS, () => {
  it('find together, and call each other by addresses in brackets', async () => {
    const network = await createNetwork(way);
    try {
      const hosts = [await network.addHost('v6'), await network.addHost('v6')];
      const [first, second] = hosts as [Host, Host];
      const seed = `http://[${first.v6}]:${PORT}`;
      const nodes = [startNode(first, 'six-1'), startNode(second, 'six-2', { JOIN: seed })];
      for (const each of nodes) await untilAlive(each, ['six-1', 'six-2']);
      for (const each of nodes) {
        const state = await each.state();
        expect(state['six-1']?.address).toBe(seed);
        expect(state['six-2']?.address).toBe(`http://[${second.v6}]:${PORT}`);
        expect((await each.ready()).checks.peers.problems).toEqual([]);
      }
      await nodes[0]?.tell('alarm', 3, 10);
      await untilKnown(nodes[1] as NodeProcess, 'six-1', 'alarm', 3, 2_000);
    } finally {
      await network.close();
    }
  });
});
