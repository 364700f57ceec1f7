// One node in a process of its own, on Node.js, run by a parent such as `npm run nodes`.

import { runOnLeash } from '../host/process/child-process.ts';

runOnLeash();
