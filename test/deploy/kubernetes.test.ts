import { DaemonSet } from 'kubernetes-models/apps/v1/DaemonSet';
import { Namespace } from 'kubernetes-models/v1/Namespace';
import { Secret } from 'kubernetes-models/v1/Secret';
import { Service } from 'kubernetes-models/v1/Service';
import { ServiceAccount } from 'kubernetes-models/v1/ServiceAccount';
import { describe, expect, it } from 'vitest';
import { SECRET_PATTERN } from '../../node/config/security.ts';
import { at, readYaml, type Tree, warnings } from './support.ts';
import { typeProblems } from './typed.ts';

const MANIFESTS = ['priomon', 'secret'].flatMap((name) =>
  readYaml(`deploy/kubernetes/${name}.yaml`),
);
const KINDS = { DaemonSet, Namespace, Secret, Service, ServiceAccount };

const the = (kind: string, name = 'priomon'): Tree => {
  const found = MANIFESTS.find((one) => one.kind === kind && at(one, 'metadata.name') === name);
  if (found === undefined) throw new Error(`no ${kind} called ${name}`);
  return found;
};

const daemonSet = () => the('DaemonSet');
const pod = () => at(daemonSet(), 'spec.template.spec') as Tree;
const listed = (tree: Tree, key: string) => (tree[key] ?? []) as Tree[];
const container = () => listed(pod(), 'containers')[0] ?? {};
const named = (list: Tree[], name: string) => list.find((one) => one.name === name);

/** A copy in which one thing is changed. */
const altered = (change: (copy: Record<string, unknown>) => void): Tree => {
  const copy = structuredClone(container()) as Record<string, unknown>;
  change(copy);
  const spec = { ...pod(), containers: [copy] };
  const template = { ...(at(daemonSet(), 'spec.template') as Tree), spec };
  return { ...daemonSet(), spec: { ...(daemonSet().spec as Tree), template } };
};

describe('the manifests', () => {
  it('are what the API of Kubernetes takes, value by value', () => {
    for (const manifest of MANIFESTS) {
      const Kind = KINDS[manifest.kind as keyof typeof KINDS];
      new Kind(manifest as never).validate();
    }
    const wrong = altered((copy) => {
      copy.ports = [{ containerPort: 'http' }];
    });
    expect(() => new DaemonSet(wrong as never).validate()).toThrow('containerPort must be integer');
  });

  it('name no field that there is not', () => {
    const misspelled = altered((copy) => {
      copy.securityContxt = {};
    });
    const problems = typeProblems([...MANIFESTS, misspelled]);
    expect(problems).toEqual([expect.stringContaining('"securityContxt"')]);
  });

  it('ship no key that a node would accept', () => {
    expect(at(the('Secret'), 'stringData.secret')).not.toMatch(SECRET_PATTERN);
  });
});

describe('a pod', () => {
  it('has variables that a node understands', () => {
    const environment = listed(container(), 'env').map(({ name, value, valueFrom }) => {
      if (valueFrom === undefined) return [name, value];
      expect(valueFrom).toEqual({ fieldRef: { fieldPath: 'spec.nodeName' } });
      return [name, 'node-7.example'];
    });
    const image = { PRIOMON_LISTEN: '::' };
    expect(warnings({ ...image, ...Object.fromEntries(environment) })).toEqual([]);
  });

  it('joins the headless service, which tells of nodes before they are ready', () => {
    const service = the('Service', 'priomon-peers');
    expect(at(service, 'spec.clusterIP')).toBe('None');
    expect(at(service, 'spec.publishNotReadyAddresses')).toBe(true);
    const join = named(listed(container(), 'env'), 'PRIOMON_JOIN');
    expect(join?.value).toBe('dns://priomon-peers.priomon.svc.cluster.local:4001');
    expect(at(service, 'spec.selector')).toEqual(at(daemonSet(), 'spec.template.metadata.labels'));
    expect(at(service, 'spec.selector')).toEqual(at(daemonSet(), 'spec.selector.matchLabels'));
  });

  it('has what it mounts', () => {
    const volumes = listed(pod(), 'volumes').map(({ name }) => name);
    for (const one of [container(), ...listed(pod(), 'initContainers')]) {
      for (const { name } of listed(one, 'volumeMounts')) expect(volumes).toContain(name);
    }
    expect(named(listed(pod(), 'volumes'), 'secret')).toMatchObject({
      secret: { secretName: at(the('Secret'), 'metadata.name'), defaultMode: 0o440 },
    });
  });

  it('runs as nobody in particular, can write nothing but its data, and see but not touch', () => {
    expect(pod().securityContext).toMatchObject({ runAsNonRoot: true, runAsUser: 10_001 });
    expect(container().securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    });
    const mounts = listed(container(), 'volumeMounts');
    const writable = mounts.filter(({ readOnly }) => readOnly !== true);
    expect(writable.map(({ mountPath }) => mountPath)).toEqual(['/var/lib/priomon']);
  });

  it('needs root for one thing, before it starts: the owner of its data', () => {
    const [first, ...more] = listed(pod(), 'initContainers');
    expect(more).toEqual([]);
    expect(first?.command).toEqual(['chown', '10001:10001', '/var/lib/priomon']);
    expect(at(first, 'securityContext.capabilities')).toEqual({ drop: ['ALL'], add: ['CHOWN'] });
    expect(first?.image).toBe(container().image);
  });

  it('is replaced one at a time', () => {
    expect(at(daemonSet(), 'spec.updateStrategy')).toEqual({
      type: 'RollingUpdate',
      rollingUpdate: { maxUnavailable: 1 },
    });
  });
});
