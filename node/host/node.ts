// A node on Node.js: the composition with the parts that Node brings.

import type { NodeConfig } from '../config/schema.ts';
import { inTurns } from '../transport/in-turns.ts';
import { createNodeHttpTransport } from '../transport/node-http.ts';
import { composeNode, type HostedNode, type HostParts, type Runtime } from './composition.ts';
import { listen } from './network/listen.ts';
import { checkFiles, mayOpen, sharesOf } from './process/open-files.ts';

const NODE: Runtime = {
  listen,
  createTransport(options) {
    const { kept, calls } = sharesOf(mayOpen());
    const maxIdle = Math.min(options.maxIdle, kept);
    return inTurns(createNodeHttpTransport({ ...options, maxIdle, maxActive: calls }));
  },
};

/** Rejects with an OperatingError when the port cannot be had; a broken store only degrades. */
export async function startNode(config: NodeConfig, parts: HostParts): Promise<HostedNode> {
  checkFiles(mayOpen());
  return composeNode(config, parts, NODE);
}
