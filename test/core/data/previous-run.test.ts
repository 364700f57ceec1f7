// A restart leaves no gap: what the new run has not told yet is shown as the run before told it.

import { describe, expect, it } from 'vitest';
import type { Engine } from '../../../node/core/engine.ts';
import { createNetwork, type Network } from '../network.ts';
import { CALM, startEngine, URGENT } from '../support.ts';

function pair(): { network: Network; viewer: Engine; first: Engine } {
  const network = createNetwork();
  const viewer = network.add(startEngine('viewer'));
  const first = network.add(startEngine('b', { seeds: ['http://viewer'], labels: { rack: '1' } }));
  network.feed(first, {
    type: 'samples',
    readings: [
      { metric: 'storage', value: 20 },
      { metric: 'cpu', value: 50 },
    ],
  });
  network.settle();
  return { network, viewer, first };
}

/** The same node with a later generation, which has measured nothing yet. */
function restart(network: Network, generation: number, definitions = [URGENT, CALM]): Engine {
  network.engines.pop();
  const engine = startEngine(
    'b',
    { seeds: ['http://viewer'], generation, definitions },
    network.now,
  );
  network.add(engine);
  for (let i = 0; i < 3; i++) network.round();
  return engine;
}

const shown = (viewer: Engine) =>
  (viewer.view.member('b')?.metrics ?? []).map(({ definition, value, previousGeneration }) => [
    definition.name,
    value,
    previousGeneration,
  ]);

it('a head is all of a member but its metrics, and definitions are what any of them tells', () => {
  const { viewer } = pair();
  const { view } = viewer;
  expect(view.heads()).toEqual(view.members().map(({ metrics, ...head }) => head));
  const told = view.members().flatMap(({ metrics }) => metrics.map(({ definition }) => definition));
  expect(new Set(view.definitions())).toEqual(new Set(told));
});

describe('a node that was started anew', () => {
  it('is shown with what its previous run told, and from which run that is', () => {
    const { network, viewer } = pair();
    restart(network, 2);
    expect(viewer.view.member('b')).toMatchObject({ generation: 2, status: 'alive' });
    expect(shown(viewer)).toEqual([
      ['storage', 20, 1],
      ['cpu', 50, 1],
    ]);
  });

  it('is shown with what the new run tells as soon as it tells it, metric by metric', () => {
    const { network, viewer } = pair();
    const again = restart(network, 2);
    network.feed(again, { type: 'samples', readings: [{ metric: 'storage', value: 31 }] });
    network.settle();
    expect(shown(viewer)).toEqual([
      ['storage', 31, undefined],
      ['cpu', 50, 1],
    ]);
    network.feed(again, { type: 'samples', readings: [{ metric: 'cpu', value: 7 }] });
    network.settle();
    expect(shown(viewer)).toEqual([
      ['storage', 31, undefined],
      ['cpu', 7, undefined],
    ]);
  });

  it('is not shown with a metric that the new run does not have', () => {
    const { network, viewer } = pair();
    restart(network, 2, [URGENT]);
    expect(shown(viewer)).toEqual([['storage', 20, 1]]);
  });

  it('keeps what was told when it is started twice before it tells anything', () => {
    const { network, viewer } = pair();
    restart(network, 2);
    restart(network, 3);
    expect(shown(viewer)).toEqual([
      ['storage', 20, 1],
      ['cpu', 50, 1],
    ]);
  });

  it('is shown without the previous run after a minute', () => {
    const { network, viewer } = pair();
    restart(network, 2);
    const before = viewer.view.revision;
    network.now += 60_000;
    network.round();
    expect(shown(viewer)).toEqual([]);
    expect(viewer.view.revision).toBeGreaterThan(before);
    expect(viewer.state.previousRuns.size).toBe(0);
  });
});
