// Tests that are skipped, and say why; and one that shows less. Run by skipped.test.ts.

import { describe, it } from 'vitest';
import { lacking, showsLess, unless } from '../lacking.ts';

describe('a group', lacking('only root may do this'), () => {
  it('has a test', () => {});
  describe('within', () => {
    it('has another', () => {});
  });
});

it('alone', lacking(unless(false, 'there is no ip here')), () => {});
it('that finds out itself', ({ skip }) => skip(true, 'there is no ip here'));
it('in a simpler way', showsLess('there is no iptables'), () => {});
it('in full', lacking(unless(true, 'never said')), () => {});
