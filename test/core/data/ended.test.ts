// Metrics that end: nobody ever shows a value of one under the name of another, whatever arrives
// first, and in the end all show what there is.

import { describe, expect, it } from 'vitest';
import { createNetwork } from '../network.ts';
import { introduce, metric, samples, startEngine } from '../support.ts';

/** Values that tell which metric they are of. */
const numberOf = (name: string): number => 10 * Number(name.slice(1)) + 5;

function clusterOf(count: number) {
  const network = createNetwork();
  const names = Array.from({ length: 8 }, (_, i) => `m${i}`);
  const owner = network.add(
    startEngine('owner', {
      definitions: names.map((name, i) => metric(name, { priority: i + 1 })),
    }),
  );
  for (let i = 0; i < count; i++) {
    const other = network.add(startEngine(`n${i}`));
    introduce(other, owner);
    introduce(owner, other);
  }
  network.feed(owner, samples(...names.map((name) => [name, numberOf(name)] as [string, number])));
  network.settle();
  const shown = () =>
    network.engines.map(({ view }) =>
      Object.fromEntries(
        (view.member('owner')?.metrics ?? []).map(({ definition, value }) => [
          definition.name,
          value,
        ]),
      ),
    );
  const expectTrue = (): void => {
    for (const values of shown()) {
      for (const [name, value] of Object.entries(values)) expect(value).toBe(numberOf(name));
    }
  };
  return { network, owner, names, shown, expectTrue };
}

describe('metrics that end', () => {
  it('are shown nowhere, and the others as they were, by all', () => {
    const { network, owner, names, shown, expectTrue } = clusterOf(4);
    network.feed(owner, { type: 'end_metrics', names: ['m1', 'm4', 'm7', 'nothing'] });
    const left = names.filter((name) => !['m1', 'm4', 'm7'].includes(name)).sort();
    for (let i = 0; i < 12; i++) {
      expectTrue();
      network.round();
    }
    for (const values of shown()) expect(Object.keys(values).sort()).toEqual(left);
    expect(owner.view.member('owner')?.status).toBe('alive');
  });

  it('leave their slots to others, whose values are theirs from the first moment', () => {
    const { network, owner, shown, expectTrue } = clusterOf(4);
    for (let cycle = 0; cycle < 5; cycle++) {
      const ended = [`m${10 * cycle + (cycle === 0 ? 0 : 1)}`, `m${cycle + 1}`];
      network.feed(owner, { type: 'end_metrics', names: ended });
      expectTrue();
      for (const name of [`m${10 * cycle + 11}`, `m${10 * cycle + 12}`]) {
        network.feed(owner, { type: 'define', definition: metric(name, { priority: cycle + 1 }) });
        network.feed(owner, samples([name, numberOf(name)]));
        expectTrue();
      }
      for (let i = 0; i < 10; i++) {
        network.round();
        expectTrue();
      }
    }
    const [first, ...others] = shown();
    expect(Object.keys(first ?? {}).length).toBeGreaterThan(5);
    for (const other of others) expect(other).toEqual(first);
  });

  it('leave no definition behind that nobody names', () => {
    const { network, owner } = clusterOf(2);
    for (let i = 0; i < 200; i++) {
      const name = `x${i}`;
      network.feed(owner, { type: 'define', definition: metric(name) });
      network.feed(owner, samples([name, i]));
      network.round();
      network.feed(owner, { type: 'end_metrics', names: [name] });
    }
    for (let i = 0; i < 100; i++) network.round();
    for (const { state } of network.engines) expect(state.definitions.size).toBeLessThan(40);
    expect(owner.view.definitions().filter(({ name }) => name.startsWith('x'))).toEqual([]);
  });

  it('of others, or of none, change nothing', () => {
    const { network, owner } = clusterOf(1);
    const generation = owner.view.member('owner')?.generation;
    const effects = network.feed(owner, { type: 'end_metrics', names: ['nothing'] });
    expect(effects.some(({ type }) => type === 'regenerated')).toBe(false);
    expect(owner.view.member('owner')?.generation).toBe(generation);
  });
});
