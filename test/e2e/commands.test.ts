// Real processes over real HTTP. All in one file, one after the other: on two cores they would only
// make each other late. They read /proc to see which processes there are.

import { describe } from 'vitest';
import { NEEDS_PROC } from '../support/lacking.ts';
import { describeBadInput } from './bad-input.ts';
import { describeCluster } from './cluster.ts';
import { describeEndings } from './endings.ts';
import { describeHostileGossip } from './hostile-gossip.ts';
import { describeIdentity } from './identity.ts';

describe('the commands', NEEDS_PROC, () => {
  describe('as a cluster', describeCluster);
  describe('to the end', describeEndings);
  describe('with bad input', describeBadInput);
  describe('among strangers', describeHostileGossip);
  describe('with one id, or a wrong clock', describeIdentity);
});
