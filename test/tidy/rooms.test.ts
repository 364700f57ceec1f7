// That rule, held by reading the sources, and shown to catch what it forbids.

import { expect, it } from 'vitest';
import { changesElsewhere, ownersOf } from './rooms.ts';
import { readSources } from './source.ts';

it('each room of the core changes its own part of the state', () => {
  const sources = readSources();
  expect(ownersOf(sources).size).toBeGreaterThan(40);
  expect(changesElsewhere(sources)).toEqual([]);
  const text = 'state.round++;\nstate.suspects = new Set();\nif (state.pending.size === 0) return;';
  const other = { path: 'node/core/data/x.ts', text };
  expect(changesElsewhere([...sources, other])).toEqual([
    'node/core/data/x.ts changes round, which belongs to exchange/',
    'node/core/data/x.ts changes suspects, which belongs to membership/',
  ]);
});
