// Waits, by asking over HTTP, until every node of a local cluster knows every other.

import { setTimeout as sleep } from 'node:timers/promises';
import { ask } from '../host/network/http-client.ts';
import type { StateAnswer } from '../http/answers/shapes.ts';
import type { RunningNode } from './processes.ts';

/** Time between two looks at a node that does not know all yet, ms. */
const LOOK_MS = 50;
const ASK_TIMEOUT_MS = 2_000;

type Asked = Pick<RunningNode, 'id' | 'url' | 'ca'>;

/** Resolves when all know all, or at the abort; `onProgress` gets how many know everybody. */
export async function whenAllKnowAll(
  nodes: readonly Asked[],
  metrics: readonly string[],
  signal: AbortSignal,
  onProgress: (knowing: number) => void = () => {},
): Promise<void> {
  let knowing = 0;
  // One after another: while one does not know all, asking the rest only costs them time.
  for (const node of nodes) {
    while (!signal.aborted && !(await knowsAll(node, nodes, metrics))) await sleep(LOOK_MS);
    onProgress(++knowing);
  }
}

async function knowsAll(
  asked: Asked,
  nodes: readonly { readonly id: string }[],
  metrics: readonly string[],
): Promise<boolean> {
  const state = await askState(asked);
  if (state === undefined) return false;
  // What this machine does not offer, no node of it can tell.
  const own = state.nodes[state.answeredBy]?.metrics ?? {};
  const wanted = metrics.filter((metric) => metric in own);
  return (
    wanted.length > 0 &&
    nodes.every(({ id }) => {
      const node = state.nodes[id];
      return node?.status === 'alive' && wanted.every((metric) => metric in node.metrics);
    })
  );
}

async function askState({ url, ca }: Asked): Promise<StateAnswer | undefined> {
  // Not up yet, or busy: asked again soon.
  const reply = await ask(`${url}/state`, ASK_TIMEOUT_MS, { ca }).catch(() => undefined);
  return reply?.status === 200 ? (reply.body as StateAnswer) : undefined;
}
