// A node on Node.js: the composition with the parts that Node brings.

import type { NodeConfig } from '../config/schema.ts';
import { inTurns } from '../transport/in-turns.ts';
import { createNodeHttpTransport } from '../transport/node-http.ts';
import { composeNode, type HostedNode, type HostParts, type Runtime } from './composition.ts';
import { listen } from './listen.ts';

export type { HostedNode, HostParts } from './composition.ts';
export { idOf } from './naming.ts';

const NODE: Runtime = {
  listen,
  createTransport: (options) => inTurns(createNodeHttpTransport(options)),
};

/** Rejects with an OperatingError when the port cannot be had; a broken store only degrades. */
export const startNode = (config: NodeConfig, parts: HostParts): Promise<HostedNode> =>
  composeNode(config, parts, NODE);
