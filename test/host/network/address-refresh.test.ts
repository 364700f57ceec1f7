// Real nodes of this machine that find one another by names, over both families of addresses, and
// from loopback and beyond it at once; and what each says when something is wrong with an address.

import { afterAll, describe, expect, it, vi } from 'vitest';
import { loadConfig } from '../../../node/config/load.ts';
import { hashText, memberKey } from '../../../node/core/hash.ts';
import { encodeMessage } from '../../../node/core/wire/encode.ts';
import type { HostedNode } from '../../../node/host/composition.ts';
import { machineHosts } from '../../../node/host/network/interfaces.ts';
import { startNode } from '../../../node/host/node.ts';
import type { Machine } from '../../../node/host/process/measuring.ts';
import type { ReadyAnswer } from '../../../node/http/answers/health-shapes.ts';
import { aliveUpdate, REQUEST } from '../../core/support.ts';
import { lacking, unless } from '../../support/lacking.ts';

const NO_MACHINE: Machine = { probes: [], collect: async () => [], runs: () => [] };

// Of all tests together: they run at once, for they mostly wait.
const nodes: HostedNode[] = [];
afterAll(() => Promise.all(nodes.splice(0).map((node) => node.close())));

async function start(id: string, flags: Record<string, string> = {}) {
  const log: string[] = [];
  const ends: string[] = [];
  const { config } = loadConfig({
    environment: {},
    flags: { port: '0', round: '100ms', max_round: '100ms', resolve: '1s', id, ...flags },
  });
  const node = await startNode(config, {
    stores: undefined,
    machine: NO_MACHINE,
    log: (_, sentence) => void log.push(sentence),
    onEnd: (reason) => void ends.push(reason),
  });
  nodes.push(node);
  const ready = async () => (await (await fetch(`${node.url}/readyz`)).json()) as ReadyAnswer;
  return { ...node, port: new URL(node.url).port, log, ends, ready };
}

const until = (check: () => unknown): Promise<unknown> =>
  vi.waitFor(check, { timeout: 15_000, interval: 20 });

const alive = ({ driver }: HostedNode): string[] =>
  driver.view
    .members()
    .filter(({ status }) => status === 'alive')
    .map(({ id }) => id);

const addressOf = ({ driver }: HostedNode, id: string): string | undefined =>
  driver.view.member(id)?.address;

const problemsOf = async ({ ready }: { ready: () => Promise<ReadyAnswer> }): Promise<string[]> =>
  (await ready()).checks.peers.problems;

const NEEDS_V6 = lacking(unless(machineHosts()?.includes('::1') === true, 'there is no ::1 here'));
const outer = machineHosts()?.find((host) => /^\d/.test(host) && !/^(127|169)\./.test(host));

describe.concurrent('nodes', () => {
  it('find one another by a name of the hosts file', async () => {
    const one = await start('one');
    const two = await start('two', { join: `dns://localhost:${one.port}` });
    await until(() => expect(alive(two)).toEqual(['one', 'two']));
    expect(two.log.join()).toContain(`dns://localhost:${one.port} is http://`);
  });

  it('start all the same when a name does not exist, and say so', async () => {
    const join = 'dns://nobody.invalid:4001';
    const { log, ready } = await start('alone', { join });
    await until(() => expect(log.join()).toContain(`${join} in join stands for no node`));
    const { ready: isReady, checks } = await ready();
    expect(isReady).toBe(true);
    expect(checks.peers).toMatchObject({ status: 'degraded' });
  });

  it('live on IPv6 alone', NEEDS_V6, async () => {
    const one = await start('one', { listen: '::1', base_path: '/mon' });
    expect(one.url).toMatch(/^http:\/\/\[::1\]:\d+\/mon$/);
    const two = await start('two', { listen: '::1', join: one.url });
    await until(() => expect(alive(one)).toEqual(['one', 'two']));
    expect(addressOf(one, 'two')).toBe(two.url);
    const rounds = one.driver.status().counters.exchangesAnswered;
    await until(() =>
      expect(one.driver.status().counters.exchangesAnswered).toBeGreaterThan(rounds + 3),
    );
  });

  it('answer both families on ::', NEEDS_V6, async () => {
    const one = await start('one', { listen: '::', allow_open: 'true' });
    for (const host of ['127.0.0.1', '[::1]']) {
      const other = await start(`by-${host.length}`, { join: `http://${host}:${one.port}` });
      await until(() => expect(alive(other)).toContain('one'));
    }
    expect(await problemsOf(one)).toEqual([]);
  });

  it(
    'of one machine live on loopback and beyond it',
    lacking(unless(outer !== undefined, 'this machine has no address beyond loopback')),
    async () => {
      const open = await start('open', { listen: '0.0.0.0', allow_open: 'true' });
      // What a laptop's default route says; any of the machine's own will do here.
      expect(machineHosts()).toContain(new URL(addressOf(open, 'open') ?? '').hostname);
      const seeds = { join: `http://127.0.0.1:${open.port}` };
      const inner = [await start('in1', seeds), await start('in2', seeds)];
      const all = [open, ...inner];
      await until(() => {
        for (const node of all) expect(alive(node)).toEqual(['in1', 'in2', 'open']);
      });
      // Round trips both ways, the open node's by its outer address among them.
      const before = all.map(({ driver }) => driver.status().counters.exchangesAnswered);
      await until(() => {
        for (const [i, { driver }] of all.entries())
          expect(driver.status().counters.exchangesAnswered).toBeGreaterThan((before[i] ?? 0) + 6);
      });
      for (const node of all) {
        expect(await problemsOf(node)).toEqual([]);
        expect((await node.ready()).gossip.refused).toEqual({});
      }
    },
  );

  it('that have one id and meet after their start are both told; one stops', async () => {
    const twins = [await start('twin'), await start('twin')];
    await start('third', { join: twins.map(({ url }) => url).join(', ') });
    await until(() => expect(twins.flatMap(({ ends }) => ends)).toHaveLength(1));
    const [stopped, other] = twins.sort((a, b) => b.ends.length - a.ends.length);
    if (stopped === undefined || other === undefined) throw new Error('there are two');
    expect(stopped.ends).toEqual([
      `another node called twin runs at ${other.url} already; give this one another --id, or ` +
        'stop the other first.',
    ]);
    const told =
      `two nodes have the id twin, this one and one at ${stopped.url}; the one that was started ` +
      'later stops: give it another --id.';
    await until(async () => expect(await problemsOf(other)).toEqual([told]));
    expect(other.log.filter((sentence) => sentence === told)).toHaveLength(1);
  });

  it('without addresses that have one id are told so as well, and one stops', async () => {
    const open = await start('open');
    const flags = { advertise: 'none', join: open.url };
    const twins = await Promise.all([start('twin', flags), start('twin', flags)]);
    await until(() => expect(twins.flatMap(({ ends }) => ends)).toHaveLength(1));
    const [stopped, other] = twins.sort((a, b) => b.ends.length - a.ends.length);
    expect(stopped?.ends[0]).toMatch(/^another node called twin runs without an address already;/);
    expect(other?.log.join()).toContain('another --id');
  });

  it('that hear of a generation beyond all clocks do not believe it, and say so', async () => {
    const node = await start('one');
    const generation = 2 ** 52;
    const forged = ['a', 'b', 'c', 'd', 'e', 'f'].map((id) => aliveUpdate(id, { generation }));
    const message = { ...REQUEST, cluster: hashText('priomon'), updates: forged };
    const post = (from: number) => {
      const body = encodeMessage({ ...message, from }) as Uint8Array<ArrayBuffer>;
      return fetch(`${node.url}/gossip`, { method: 'POST', body });
    };
    expect((await post(1)).status).toBe(200);
    expect(alive(node)).toEqual(['one']);
    // Who says so of itself is told as well.
    const refusal = await post(memberKey('a', generation));
    expect(refusal.status).toBe(409);
    expect(await refusal.json()).toMatchObject({
      code: 'generation_ahead',
      detail: expect.stringMatching(/^Your node's generation lies more than ten years after .+NTP/),
    });
    const { gossip, checks } = await node.ready();
    expect(gossip.refused).toEqual({ generations: 6, generation_ahead: 1 });
    expect(checks.peers.problems[0]).toMatch(
      /^a is refused \(generation_refused\): it is said to run under generation 4503599627370496/,
    );
    // However many there are, few are named.
    expect(checks.peers.problems).toHaveLength(6);
  });

  it('that hear of an address where no node can be never call it, and say so', async () => {
    const node = await start('one');
    const updates = [aliveUpdate('evil', { address: 'http://169.254.169.254' })];
    const message = { ...REQUEST, cluster: hashText('priomon'), updates };
    const body = encodeMessage(message) as Uint8Array<ArrayBuffer>;
    const response = await fetch(`${node.url}/gossip`, { method: 'POST', body });
    expect(response.status).toBe(200);
    expect(addressOf(node, 'evil')).toBe('');
    const { gossip, checks } = await node.ready();
    expect(gossip.refused).toEqual({ addresses: 1 });
    expect(checks.peers.problems).toEqual([
      expect.stringMatching(/^evil is said to be reached at http:\/\/169\.254\.169\.254, where/),
    ]);
  });
});
