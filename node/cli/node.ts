// npm run node: one node in this process, on Node.js.

import { runNode } from './run-node.ts';

await runNode({ name: 'npm run node' });
