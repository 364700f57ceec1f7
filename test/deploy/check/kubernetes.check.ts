import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PrioMonClient } from '../../../node/client.ts';
import { at, readYaml, type Tree } from '../support.ts';
import { podman, removeAll } from './engine.ts';
import { ask, buildImage, stateOf, until, untilMembers } from './nodes.ts';
import { type Place, removePods, startPod, writeSecret } from './pods.ts';

const MANIFESTS = readYaml('deploy/kubernetes/priomon.yaml');
const DAEMON_SET = MANIFESTS.find(({ kind }) => kind === 'DaemonSet');
const POD = at(DAEMON_SET, 'spec.template.spec') as Tree;
const [CONTAINER] = POD.containers as [Tree];

const MACHINES = ['worker-1', 'worker-2', 'worker-3'];
const ALL = MACHINES.map((machine) => `${machine} alive`);
const place = (machine: string): Place => ({
  machine,
  address: `10.91.0.${10 + MACHINES.indexOf(machine)}`,
  network: 'pods',
  service: 'priomon-peers.priomon.svc.cluster.local',
});

/** Where this test calls from. */
const ASKER = '10.91.0.1 ';
const KEY = 'the-first-key-of-this-cluster';
const NEXT_KEY = 'the-key-that-comes-after-it';
const writeKeys = async (...keys: string[]): Promise<void> => {
  for (const machine of MACHINES) await writeSecret(machine, { secret: keys.join('\n') });
};

interface Ready {
  readonly checks: Readonly<Record<string, { readonly problems: readonly string[] }>>;
}

const problemsOf = async (machine: string): Promise<string[]> => {
  const { checks } = await ask<Ready>(machine, '/readyz');
  return Object.values(checks).flatMap(({ problems }) => problems);
};

/** Whether a node does what is signed with that key. */
const takes = (machine: string, secret: string): Promise<boolean> =>
  new PrioMonClient(`http://${place(machine).address}:4001`, { secret })
    .publish({ name: 'queue', value: 1, unit: 'jobs' })
    .then(
      () => true,
      () => false,
    );

describe('pods of the DaemonSet', () => {
  beforeAll(async () => {
    await removePods();
    await buildImage();
    await podman(['network', 'create', '--subnet', '10.91.0.0/24', 'pods']);
    await writeKeys(KEY);
    for (const machine of MACHINES) await startPod(POD, place(machine));
  });
  afterAll(async () => {
    await removeAll();
    await removePods();
  });

  it('find one another by the headless service, each named as its machine', async () => {
    for (const machine of MACHINES) await untilMembers(machine, ALL);
    const { nodes } = await stateOf('worker-1');
    expect(nodes['worker-2']?.address).toBe('http://10.91.0.11:4001');
  });

  it('have what they need, and no more: nothing is amiss, and no right is left', async () => {
    await until(
      () => stateOf('worker-1'),
      (state) => state.nodes['worker-1']?.metrics.network !== undefined,
    );
    for (const machine of MACHINES) expect(await problemsOf(machine)).toEqual([]);
    const status = await podman(['exec', 'worker-1', 'cat', '/proc/1/status']);
    expect(status).toMatch(/^Uid:\s+10001\s/m);
    expect(status).toMatch(/^Cap(Eff|Prm|Bnd):\s+0+$/m);
    const kept = await podman(['exec', 'worker-1', 'ls', '/var/lib/priomon']);
    expect(kept).toContain('worker-1.db');
  });

  it('answer the probes of the manifest', async () => {
    const { containerPort } = (CONTAINER.ports as Tree[])[0] ?? {};
    for (const probe of ['startupProbe', 'livenessProbe', 'readinessProbe']) {
      const { path, port } = at(CONTAINER, `${probe}.httpGet`) as Tree;
      expect(port).toBe((CONTAINER.ports as Tree[])[0]?.name);
      expect(await ask('worker-1', String(path), Number(containerPort))).toBeTruthy();
    }
  });

  it('take a changed Secret while they run, without losing one another', async () => {
    const steps = [[KEY, NEXT_KEY], [NEXT_KEY, KEY], [NEXT_KEY]];
    for (const [step, keys] of steps.entries()) {
      // Two steps differ in their order alone: only a key of its own shows that each was read.
      const mark = `nobody-signs-with-key-${step}`;
      await writeKeys(...keys, mark);
      for (const machine of MACHINES) {
        await until(
          () => takes(machine, mark),
          (isTaken) => isTaken,
        );
        expect(await takes(machine, NEXT_KEY)).toBe(true);
        expect(await takes(machine, KEY)).toBe(keys.includes(KEY));
      }
      for (const machine of MACHINES) {
        // Of peers: who asks with a key too early, as this test does, is told of as well.
        const ofPeers = (await problemsOf(machine)).filter((one) => !one.startsWith(ASKER));
        expect(ofPeers).toEqual([]);
      }
    }
    for (const machine of MACHINES) await untilMembers(machine, ALL);
  });

  it('are replaced one after another, and put back, and no node is taken for dead', async () => {
    await podman(['tag', 'localhost/priomon:0.1.0', 'localhost/priomon:0.2.0']);
    for (const version of ['0.2.0', '0.1.0']) {
      for (const machine of MACHINES) {
        const [other = ''] = MACHINES.filter((one) => one !== machine);
        await podman(['stop', '--time', '10', machine]);
        const { nodes } = await stateOf(other);
        expect(Object.values(nodes).map(({ status }) => status)).not.toContain('dead');
        await podman(['rm', machine]);
        await startPod(POD, place(machine), `localhost/priomon:${version}`);
        await untilMembers(other, ALL);
      }
    }
  });
});
