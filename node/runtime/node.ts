// One node in a process of its own, on Node.js, run by a parent such as `npm run nodes`.

import { runAsChild } from '../host/process/child-process.ts';

runAsChild();
