// npm run node:deno: one node in this process, on Deno, which has all of node:* that the host uses.
// Deno opens /proc to --allow-all alone; without network and swap these are enough:
// --allow-net --allow-env --allow-read --allow-write=data --allow-ffi=node_modules/@libsql
// --allow-sys=hostname,cpus,systemMemoryInfo,loadavg,statfs,networkInterfaces

import { runNode } from '../cli/run-node.ts';
import { explainForbidden, remarkClosedProc } from '../host/security/forbidden.ts';

await runNode({
  name: 'npm run node:deno',
  explain: explainForbidden,
  remark: remarkClosedProc,
});
