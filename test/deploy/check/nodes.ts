// Nodes in containers: their image, and what they say.

import { ROOT } from '../support.ts';
import { debian, node, registryAccess } from './bases.ts';
import { addressOf, podman } from './engine.ts';

export const IMAGE = 'localhost/priomon:0.1.0';
export const SECRET = 'a-secret-of-a-check-0123456789';
/** As safe as compose and Kubernetes have it. */
export const HARDENED = ['--read-only', '--cap-drop=ALL', '--security-opt=no-new-privileges'];

/** Builds deploy/Dockerfile, step by step, on stand-ins for its bases. */
export async function buildImage(target = 'default', tag = IMAGE): Promise<string> {
  await debian();
  await node();
  const stage = target === 'default' ? [] : ['--target', target];
  await podman(
    ['build', '--pull=never', '--format=docker', '--file', 'deploy/Dockerfile', '--tag', tag]
      .concat(registryAccess(), stage)
      .concat('.'),
    { cwd: ROOT },
  );
  return tag;
}

export interface State {
  readonly answeredBy: string;
  readonly nodes: Readonly<
    Record<
      string,
      {
        readonly status: string;
        readonly generation: number;
        readonly address: string;
        readonly metrics: Readonly<Record<string, { readonly value: number }>>;
      }
    >
  >;
}

export async function ask<T>(container: string, path: string, port = 4001): Promise<T> {
  const answer = await fetch(`http://${await addressOf(container)}:${port}${path}`);
  if (!answer.ok) throw new Error(`${container}${path} answers ${answer.status}`);
  return (await answer.json()) as T;
}

export const stateOf = (container: string, port?: number): Promise<State> =>
  ask<State>(container, '/state', port);

/** Ids and what the node has of them, such as `web-1 alive`. */
export async function membersOf(container: string, port?: number): Promise<string[]> {
  const { nodes } = await stateOf(container, port);
  return Object.entries(nodes)
    .map(([id, { status }]) => `${id} ${status}`)
    .sort();
}

/** Asks until the answer is as wanted; rejects with the last fault after `withinMs`. */
export async function until<T>(
  read: () => Promise<T>,
  isWanted: (answer: T) => boolean,
  withinMs = 15_000,
): Promise<T> {
  const endAt = performance.now() + withinMs;
  for (;;) {
    const found = await read().then(
      (answer) => ({ answer }),
      (fault: unknown) => ({ fault }),
    );
    if ('answer' in found && isWanted(found.answer)) return found.answer;
    if (performance.now() > endAt) {
      const last = 'answer' in found ? JSON.stringify(found.answer) : String(found.fault);
      throw new Error(`not within ${withinMs / 1_000} s; the last was: ${last}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Until a node has all of these, and no other. */
export const untilMembers = (container: string, members: string[], port?: number) =>
  until(
    () => membersOf(container, port),
    (found) => found.join() === [...members].sort().join(),
    20_000,
  );
