// Starts containers as a pod's manifest has them, where there is no cluster: what the kubelet would
// make of its user, rights, variables and volumes, said in the engine's words.

import { chmod, chown, mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { at, type Tree } from '../support.ts';
import { podman, STORE } from './engine.ts';

const PODS = join(STORE, 'pods');

export interface Place {
  /** Name of the machine, and of the container. */
  readonly machine: string;
  readonly address: string;
  readonly network: string;
  /** Names that stand for every pod. */
  readonly service: string;
}

const listed = (tree: unknown, key: string) => ((tree as Tree)[key] ?? []) as Tree[];

export const removePods = (): Promise<void> => rm(PODS, { recursive: true, force: true });

/** As the kubelet writes a Secret: files behind links, exchanged as a whole. */
export async function writeSecret(machine: string, files: Readonly<Record<string, string>>) {
  const folder = join(PODS, machine, 'secret');
  const version = `..${performance.now()}`;
  await mkdir(join(folder, version), { recursive: true });
  for (const [name, text] of Object.entries(files)) {
    const file = join(folder, version, name);
    await writeFile(file, text);
    await chmod(file, 0o440);
    await chown(file, 0, 10_001);
    await symlink(`..data/${name}`, join(folder, name)).catch(() => undefined);
  }
  await symlink(version, join(folder, '..new'));
  await rename(join(folder, '..new'), join(folder, '..data'));
}

function variablesOf(container: Tree, { machine }: Place): string[] {
  return listed(container, 'env').flatMap(({ name, value, valueFrom }) => {
    const isName = at(valueFrom, 'fieldRef.fieldPath') === 'spec.nodeName';
    return ['--env', `${name}=${isName ? machine : value}`];
  });
}

/** A folder of the machine is one below PODS, but for the machine's own root. */
function sourceOf(volume: Tree | undefined, machine: string): string {
  const path = at(volume, 'hostPath.path');
  if (path === '/') return '/';
  return path === undefined ? join(PODS, machine, 'secret') : join(PODS, machine, String(path));
}

function mountsOf(pod: Tree, container: Tree, { machine }: Place): string[] {
  return listed(container, 'volumeMounts').flatMap(({ name, mountPath, ...mount }) => {
    const volume = listed(pod, 'volumes').find((one) => one.name === name);
    const options = [
      mount.readOnly === true ? 'ro' : 'rw',
      ...(mount.mountPropagation === 'HostToContainer' ? ['rslave'] : []),
    ];
    return ['--volume', `${sourceOf(volume, machine)}:${mountPath}:${options.join(',')}`];
  });
}

/** What a container says wins over what its pod says. */
function rightsOf(pod: Tree, container: Tree): string[] {
  const context: Tree = {
    ...(pod.securityContext as Tree),
    ...(container.securityContext as Tree),
  };
  const { drop = [], add = [] } = (context.capabilities ?? {}) as Record<string, string[]>;
  return [
    `--user=${context.runAsUser}:${context.runAsGroup}`,
    `--group-add=${context.fsGroup}`,
    ...(context.readOnlyRootFilesystem === true ? ['--read-only'] : []),
    ...(context.allowPrivilegeEscalation === false ? ['--security-opt=no-new-privileges'] : []),
    ...drop.map((right) => `--cap-drop=${right}`),
    ...add.map((right) => `--cap-add=${right}`),
  ];
}

/** The first containers to their end, then the one that stays. */
export async function startPod(pod: Tree, place: Place, image?: string): Promise<void> {
  const { machine, address, network, service } = place;
  await mkdir(join(PODS, machine, 'var/lib/priomon'), { recursive: true });
  for (const container of [...listed(pod, 'initContainers'), ...listed(pod, 'containers')]) {
    const isFirst = listed(pod, 'initContainers').includes(container);
    const [program, ...words] = (container.command ?? []) as string[];
    const memory = at(container, 'resources.limits.memory');
    await podman(
      ['run', ...(isFirst ? ['--rm'] : ['--detach', '--name', machine])]
        .concat(isFirst ? [] : ['--network', network, '--ip', address, '--network-alias', service])
        .concat(variablesOf(container, place), mountsOf(pod, container, place))
        .concat(rightsOf(pod, container))
        .concat(memory === undefined ? [] : [`--memory=${String(memory).replace('Mi', 'm')}`])
        .concat(program === undefined ? [] : ['--entrypoint', program])
        .concat(image ?? `localhost/${container.image}`, words),
    );
  }
}
