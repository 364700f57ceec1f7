// Names in `join` are looked up while the node runs. Whatever they answer, the node keeps addresses
// to call and says what is wrong.

import { describe, expect, it } from 'vitest';
import { startDiscovery } from '../../../node/host/network/discovery.ts';
import { createPeerProblems } from '../../../node/host/process/peer-problems.ts';
import { createTestClock } from '../../driver/support.ts';
import { createStagedNames, dnsError } from './discovery/staged.ts';

const NAME = 'dns://app.internal:4000';
const [ONE, TWO, THREE] = [1, 2, 3].map((n) => `http://10.0.0.${n}:4000`);

function start(hosts: Parameters<typeof createStagedNames>[0], join: readonly string[] = [NAME]) {
  const clock = createTestClock();
  const names = createStagedNames(hosts);
  const lines: string[] = [];
  const told: (readonly string[])[] = [];
  const log = (level: string, sentence: string): void => void lines.push(`${level}: ${sentence}`);
  const peerProblems = createPeerProblems(clock, log);
  const discovery = startDiscovery({
    ...{ join, clock, log, peerProblems, names, basePath: '', resolveMs: 30_000 },
    remembered: ['http://10.9.9.9:4001'],
    isOwn: (host) => host === '10.0.0.200',
    onSeeds: (addresses) => void told.push(addresses),
  });
  return { clock, names, lines, told, peerProblems, discovery, seeds: () => told.at(-1) };
}

describe('a name in join', () => {
  it('is looked up at the start; what it stands for joins the fixed seeds', async () => {
    const { clock, seeds, lines } = start({ 'app.internal': ['10.0.0.1', '10.0.0.2'] }, [
      'http://10.1.1.1:4001',
      NAME,
    ]);
    await clock.advance(0);
    expect(seeds()).toEqual(['http://10.1.1.1:4001', 'http://10.9.9.9:4001', ONE, TWO]);
    expect(lines).toEqual([`info: ${NAME} is ${ONE}, ${TWO}`]);
  });

  it('is looked up again every resolve, and told of only when it changed', async () => {
    const { clock, names, told, seeds } = start({ 'app.internal': ['10.0.0.1', '10.0.0.2'] });
    await clock.advance(95_000);
    expect(names.asked).toHaveLength(4);
    expect(told).toHaveLength(1);
    names.hosts.set('app.internal', ['10.0.0.2', '10.0.0.3']);
    await clock.advance(30_000);
    expect(seeds()).toEqual(['http://10.9.9.9:4001', TWO, THREE]);
  });

  it('that fails at the start is looked up again soon', async () => {
    const { clock, names, peerProblems, lines, seeds, told } = start({});
    await clock.advance(0);
    expect(told).toEqual([]);
    const sentence =
      `${NAME} in join stands for no node: there is no such name (ENOTFOUND); this node runs ` +
      'without it and keeps looking: is the name right, and is a node running behind it?';
    expect(peerProblems.list()).toEqual([sentence]);
    names.hosts.set('app.internal', ['10.0.0.1']);
    await clock.advance(5_000);
    expect(seeds()).toContain(ONE);
    expect(peerProblems.list()).toEqual([]);
    expect(lines).toEqual([`warn: ${sentence}`, `info: ${NAME} is ${ONE}`]);
  });

  it.each([
    ['ENODATA', 'app.internal has no address (ENODATA)'],
    ['ETIMEOUT', 'no name server answered in time (ETIMEOUT)'],
    ['ESERVFAIL', 'the name server failed (ESERVFAIL)'],
    ['ECONNREFUSED', 'no name server listens where one should (/etc/resolv.conf) (ECONNREFUSED)'],
    ['ESOMETHING', 'queryA ESOMETHING app.internal (ESOMETHING)'],
  ])('that fails with %s later keeps what it stood for', async (code, reason) => {
    const { clock, names, told, peerProblems, lines } = start({ 'app.internal': ['10.0.0.1'] });
    await clock.advance(0);
    names.hosts.set('app.internal', dnsError(code));
    await clock.advance(60_000);
    expect(told).toHaveLength(1);
    expect(peerProblems.list()).toEqual([expect.stringContaining(reason)]);
    expect(peerProblems.list()[0]).toContain('keeps to the 1 address it had');
    expect(lines.filter((line) => line.startsWith('warn'))).toHaveLength(1);
  });

  it('that is not answered at all is given up in time, and asked for again', async () => {
    const { clock, names, peerProblems, seeds } = start({ 'app.internal': 'never' });
    await clock.advance(11_000);
    expect(peerProblems.list()).toEqual([expect.stringContaining('(ETIMEOUT)')]);
    names.hosts.set('app.internal', ['10.0.0.1']);
    await clock.advance(5_000);
    expect(seeds()).toContain(ONE);
  });

  it('that stands for entirely other machines is followed, and doubted', async () => {
    const { clock, names, peerProblems, seeds } = start({
      'app.internal': ['10.0.0.1', '10.0.0.2'],
    });
    await clock.advance(0);
    names.hosts.set('app.internal', ['10.0.0.3']);
    await clock.advance(30_000);
    expect(seeds()).toEqual(['http://10.9.9.9:4001', THREE]);
    expect(peerProblems.list()).toEqual([
      `${NAME} resolves to other addresses than before: ${THREE} instead of ${ONE}, ${TWO}; ` +
        'is the name still that of this cluster?',
    ]);
  });

  it('that stands for this node alone is no problem, and takes no seed away', async () => {
    const { clock, names, peerProblems, told, lines } = start({ 'app.internal': ['10.0.0.200'] });
    await clock.advance(0);
    expect(lines).toEqual([`info: ${NAME} stands for this node alone`]);
    names.hosts.set('app.internal', ['10.0.0.1', '10.0.0.200']);
    await clock.advance(30_000);
    names.hosts.set('app.internal', ['10.0.0.200']);
    await clock.advance(30_000);
    expect(told.at(-1)).toContain(ONE);
    expect(peerProblems.list()).toEqual([]);
  });

  it('does not hold up another', async () => {
    const other = 'dns://other.internal:5000';
    const { clock, seeds } = start({ 'app.internal': 'never', 'other.internal': ['10.0.0.1'] }, [
      NAME,
      other,
    ]);
    await clock.advance(0);
    expect(seeds()).toContain('http://10.0.0.1:5000');
  });

  it('is let go when the node ends, also while it is looked up', async () => {
    const { clock, names, discovery, told, peerProblems } = start({ 'app.internal': ['10.0.0.1'] });
    await discovery.close();
    await clock.advance(120_000);
    expect(told).toEqual([]);
    expect(names.asked).toHaveLength(1);
    expect(clock.timers()).toBe(0);
    expect(peerProblems.list()).toEqual([]);
  });
});
