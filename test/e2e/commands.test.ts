// Real processes over real HTTP. All in one file, one after the other: on two cores they would only
// make each other late. They read /proc to see which processes there are.

import { existsSync } from 'node:fs';
import { describe } from 'vitest';
import { describeCluster } from './cluster.ts';

describe.runIf(existsSync('/proc/self/stat'))('the commands', () => {
  describeCluster();
});
