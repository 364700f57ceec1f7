// One list of cases over all runtimes whose nodes are processes.

import { describeRuntime } from './cases.ts';
import { RUNTIMES } from './runtimes.ts';

for (const runtime of RUNTIMES) describeRuntime(runtime);
