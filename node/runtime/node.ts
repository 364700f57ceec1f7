// One node in a process of its own, on Node.js, run by a parent such as `npm run nodes`.

import { enableCompileCache } from 'node:module';

// Twenty nodes start on two cores: compiling each file once is half of the work.
enableCompileCache();

const { runOnLeash } = await import('../host/leash.ts');
runOnLeash();
