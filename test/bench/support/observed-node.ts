// The process of one observed node: a child process as those of `npm run nodes`, which tells what
// it observes.

import type { NodeConfig } from '../../../node/config/schema.ts';
import { startNode } from '../../../node/host/node.ts';
import { serveParent } from '../../../node/host/process/child-process.ts';
import { createWorkerStores } from '../../../node/storage/thread/worker.ts';
import { type Observation, overhear, tellMember } from './observation.ts';

const tell = serveParent<NodeConfig, never, Observation>({
  async start(config) {
    const node = await startNode(config, {
      stores: overhear(createWorkerStores(), tell),
      log: () => {},
      onEvent: (event) => tellMember(event, tell),
    });
    return node.url;
  },
  // What it observed is told already, and its folder goes: no goodbye is needed.
  end: (code) => process.exit(code),
});
