import { describe, expect, test } from 'vitest';
import {
  createNetworkProbe,
  parseInterfaces,
  realInterfaces,
} from '../../../node/probes/linux/network.ts';
import { createMachine, type Machine } from '../machine.ts';

const TITLE = 'Inter-|   Receive  |  Transmit\n face |bytes packets|bytes packets\n';

function text(interfaces: Readonly<Record<string, readonly [number, number]>>): string {
  const lines = Object.entries(interfaces).map(
    ([name, [received, sent]]) => `${name}: ${received} 0 0 0 0 0 0 0 ${sent} 0 0 0 0 0 0 0\n`,
  );
  return TITLE + lines.join('');
}

/** One sample a second; what the probe says to each. */
function sample(machine: Machine, seconds: readonly Parameters<typeof text>[0][]) {
  const probe = createNetworkProbe(machine.roots);
  return seconds.map((interfaces, second) => {
    machine.write('proc/net/dev', text(interfaces));
    const [reading] = [probe.collect(second * 1000)].flat() as { value: number }[];
    return reading?.value;
  });
}

describe('rates', () => {
  test('are bytes per second of the monotonic clock, received and sent', () => {
    const machine = createMachine();
    const probe = createNetworkProbe(machine.roots);
    machine.write('proc/net/dev', text({ eth0: [0, 0] }));
    probe.collect(1_000_000);
    machine.write('proc/net/dev', text({ eth0: [3_000, 1_000] }));
    expect(probe.collect(1_002_000)).toEqual([{ metric: 'network', value: 2_000 }]);
  });

  test('an interface that appears makes no spike, and counts from its next sample', () => {
    const rates = sample(createMachine(), [
      { eth0: [0, 0] },
      { eth0: [100, 0], eth1: [9e9, 9e9] },
      { eth0: [200, 0], eth1: [9e9 + 50, 9e9] },
    ]);
    expect(rates).toEqual([undefined, 100, 150]);
  });

  test('one that goes and comes back with old counters makes no spike either', () => {
    const rates = sample(createMachine(), [
      { eth0: [0, 0], eth1: [500, 0] },
      { eth0: [100, 0] },
      { eth0: [200, 0], eth1: [9e9, 0] },
      { eth0: [300, 0], eth1: [9e9 + 1, 0] },
    ]);
    expect(rates).toEqual([undefined, 100, 100, 101]);
  });

  test.each([
    ['wraps at 32 bits', 2 ** 32 - 10, 90],
    ['begins anew', 5_000, 0],
  ])('a counter that %s is a new baseline, not a spike or a dip', (_, before, after) => {
    const rates = sample(createMachine(), [
      { eth0: [before, 0], eth1: [0, 0] },
      { eth0: [after, 0], eth1: [10, 0] },
      { eth0: [after + 30, 0], eth1: [20, 0] },
    ]);
    expect(rates).toEqual([undefined, undefined, 40]);
  });

  test('two samples at the same instant have no rate', () => {
    const machine = createMachine('raspberry-pi-6.1');
    const probe = createNetworkProbe(machine.roots);
    probe.collect(1000);
    machine.passPeriod();
    expect(probe.collect(1000)).toEqual([]);
  });

  test('a machine without any real interface has no data, rather than 0 B/s', () => {
    expect(sample(createMachine(), [{ lo: [0, 0] }, { lo: [9, 9] }])).toEqual([
      undefined,
      undefined,
    ]);
  });
});

describe('real interfaces', () => {
  /** What /sys shows of interfaces: a device, a master, others below. */
  interface Facts {
    device?: boolean;
    master?: string;
    lowers?: string[];
  }
  const real = (system: Readonly<Record<string, Facts>>) =>
    realInterfaces(Object.keys(system), {
      hasDevice: (name) => system[name]?.device ?? false,
      masterOf: (name) => system[name]?.master,
      lowersOf: (name) => system[name]?.lowers ?? [],
    });
  const plain = (...names: string[]) => real(Object.fromEntries(names.map((name) => [name, {}])));

  test('are those with a device, whatever they are called', () => {
    const others = { lo: {}, bond0: {}, veth9: {}, 'eth0.10': {} };
    expect(real({ ...others, 'tap-lan': { device: true } })).toEqual(['tap-lan']);
  });

  test('where none has a device, those that are not virtual by name', () => {
    const virtual = ['docker0', 'wg0', 'tun0', 'br-12ab', 'ap0', 'lo0'];
    expect(plain('lo', 'eth0', ...virtual, 'venet0')).toEqual(['eth0', 'venet0']);
  });

  test('loopback never counts', () => {
    expect(real({ lo: { device: true } })).toEqual([]);
  });

  test('the ports of a bond or bridge count, not what stands for them without a device', () => {
    const port = { device: true, master: 'bond0' };
    expect(real({ bond0: { lowers: ['eno1', 'eno2'] }, eno1: port, eno2: port })).toEqual([
      'eno1',
      'eno2',
    ]);
    // In a container none has a device.
    expect(real({ br0: { lowers: ['eth0'] }, eth0: { master: 'br0' } })).toEqual(['eth0']);
  });

  test("a device that is others' master counts for them: Azure's, or a failover pair's", () => {
    const slave = { device: true, master: 'eth0' };
    const front = { device: true, lowers: ['eth0nsby', 'enP1s1'] };
    expect(real({ eth0: front, eth0nsby: slave, enP1s1: slave })).toEqual(['eth0']);
    // Its master in turn is a bond that has no device.
    expect(real({ bond0: {}, eth0: { ...front, master: 'bond0' }, enP1s1: slave })).toEqual([
      'eth0',
    ]);
  });

  test("a switch chip's ports and a VLAN count with the interface that they hang on", () => {
    const ports = {
      lan1: { device: true, lowers: ['eth0'] },
      lan2: { device: true, lowers: ['eth0'] },
    };
    expect(real({ eth0: { device: true }, ...ports })).toEqual(['eth0']);
    expect(real({ eth0: {}, 'eth0.10': { lowers: ['eth0'] } })).toEqual(['eth0']);
    // What lies below is another namespace's.
    expect(real({ 'eth0.10': { lowers: ['eth7'] } })).toEqual(['eth0.10']);
  });

  test('where all are virtual by name, the lowest way out counts', () => {
    expect(plain('lo', 'tap0', 'podman0', 'veth1')).toEqual(['tap0']);
    expect(plain('lo', 'tunl0', 'sit0', 'tun0', 'wg0')).toEqual(['tun0']);
    expect(plain('lo', 'wg0', 'docker0')).toEqual(['wg0']);
    expect(plain('lo', 'tunl0', 'sit0', 'dummy0', 'docker0')).toEqual([]);
  });

  test('the end of a cable counts where there is nothing else, unless it lies on a bridge', () => {
    expect(plain('lo', 'veth1')).toEqual(['veth1']);
    expect(real({ lo: {}, docker0: { lowers: ['veth1'] }, veth1: { master: 'docker0' } })).toEqual(
      [],
    );
  });
});

test('an alias keeps its colon, and no space is needed before the first counter', () => {
  const columns = '7 0 0 0 0 0 0 0 8 0 0 0 0 0 0 0';
  const found = parseInterfaces(`${TITLE}eth0:1:${columns}\n`);
  expect([...found]).toEqual([['eth0:1', { received: 7, sent: 8 }]]);
});
