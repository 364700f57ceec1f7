// Metrics come and go while a node runs: no node ever shows a value of one under the name of
// another, whatever arrives first, and in the end all show what there is.

import { describe, expect, it } from 'vitest';
import type { Engine } from '../../../../node/core/engine.ts';
import type { MetricDefinition } from '../../../../node/core/model.ts';
import { createNetwork } from '../../network.ts';
import { introduce, metric, metricsAt, samples, startEngine, URGENT } from '../../support.ts';

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
  const shown = () => network.engines.map((engine) => metricsAt(engine, 'owner'));
  const expectTrue = (): void => {
    for (const values of shown()) {
      for (const [name, value] of Object.entries(values)) expect(value).toBe(numberOf(name));
    }
  };
  const define = (definition: MetricDefinition) =>
    network.feed(owner, { type: 'define', definition });
  const end = (...ended: string[]) => network.feed(owner, { type: 'end_metrics', names: ended });
  const slots = () => owner.state.self.source.record?.slots ?? [];
  return { network, owner, names, shown, expectTrue, define, end, slots };
}

describe('metrics that end', () => {
  it('are shown nowhere, and the others as they were, by all', () => {
    const { network, owner, names, shown, expectTrue, end } = clusterOf(4);
    end('m1', 'm4', 'm7', 'nothing');
    const left = names.filter((name) => !['m1', 'm4', 'm7'].includes(name)).sort();
    for (let i = 0; i < 12; i++) {
      expectTrue();
      network.round();
    }
    for (const values of shown()) expect(Object.keys(values).sort()).toEqual(left);
    expect(owner.view.member('owner')?.status).toBe('alive');
  });

  it('leave their slots to others, whose values are theirs from the first moment', () => {
    const { network, owner, shown, expectTrue, define, end, slots } = clusterOf(4);
    for (let cycle = 0; cycle < 5; cycle++) {
      end(`m${10 * cycle + (cycle === 0 ? 0 : 1)}`, `m${cycle + 1}`);
      expectTrue();
      for (const name of [`m${10 * cycle + 11}`, `m${10 * cycle + 12}`]) {
        define(metric(name, { priority: cycle + 1 }));
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
    // As many went as came: no slot was ever added.
    expect(slots()).toHaveLength(1 + 8);
  });

  it('leave no definition behind that no record names', () => {
    const { network, owner, define, end } = clusterOf(2);
    for (let i = 0; i < 200; i++) {
      const name = `x${i}`;
      define(metric(name));
      network.feed(owner, samples([name, i]));
      network.round();
      end(name);
    }
    for (let i = 0; i < 100; i++) network.round();
    for (const { state } of network.engines) expect(state.definitions.size).toBeLessThan(40);
    expect(owner.view.definitions().filter(({ name }) => name.startsWith('x'))).toEqual([]);
  });

  it('change nothing when they belong to another node or do not exist', () => {
    const { owner, end } = clusterOf(1);
    const { version, self } = owner.state;
    const { generation } = self;
    end('nothing');
    expect(owner.state.version).toBe(version);
    expect(owner.state.self.generation).toBe(generation);
  });

  it('cost one card each, and the run goes on', () => {
    const { network, owner, names, define, end } = clusterOf(2);
    const { version, self } = owner.state;
    const effects = [...end('m2', 'm5'), ...define(metric('m9'))];
    expect(owner.state.version).toBe(version + 3);
    network.feed(owner, samples(...names.map((name): [string, number] => [name, numberOf(name)])));
    // What goes on was told already.
    expect(owner.state.version).toBe(version + 3);
    expect(owner.state.self).toBe(self);
    expect(effects.some(({ type }) => type === 'regenerated')).toBe(false);
  });

  it('are urgent where their values are', () => {
    const network = createNetwork();
    const owner = network.add(startEngine('owner'));
    const other = network.add(startEngine('other', { seeds: ['http://owner'] }));
    network.feed(owner, samples(['storage', 20], ['cpu', 50]));
    network.settle();
    network.feed(owner, { type: 'end_metrics', names: ['cpu'] });
    expect(metricsAt(other, 'owner')).toEqual({ storage: 20, cpu: 50 });
    network.feed(owner, { type: 'end_metrics', names: ['storage'] });
    expect(metricsAt(other, 'owner')).toEqual({ cpu: 50 });
    network.round();
    expect(metricsAt(other, 'owner')).toEqual({});
  });
});

describe('a slot', () => {
  it('that was closed longest ago is the first to be given to another, opened anew', () => {
    const { define, end, slots } = clusterOf(1);
    for (const name of ['m5', 'm1', 'm3']) end(name);
    expect([2, 4, 6].map((slot) => slots()[slot]?.card)).toEqual([null, null, null]);
    define(metric('m20'));
    define(metric('m21'));
    expect([2, 4, 6].map((slot) => slots()[slot]?.opening)).toEqual([1, 0, 1]);
    expect(slots()[4]?.card).toBe(null);
    define(metric('m22'));
    define(metric('m23'));
    expect(slots()[4]?.opening).toBe(1);
    expect(slots()).toHaveLength(1 + 9);
  });

  it('is not given out beyond what a node may have, and again once one was closed', () => {
    const owner = startEngine('owner', { definitions: [], settings: { maxMetrics: 2 } });
    const define = (name: string) => owner.handle({ type: 'define', definition: metric(name) }, 0);
    for (const name of ['a', 'b', 'c']) define(name);
    expect([...owner.state.ownSlots.keys()]).toEqual(['a', 'b']);
    owner.handle({ type: 'end_metrics', names: ['a'] }, 1);
    define('c');
    expect([...owner.state.ownSlots]).toEqual([
      ['b', 2],
      ['c', 1],
    ]);
  });
});

describe('a metric that comes back', () => {
  const SECONDS = metric('m1', { unit: 's', priority: 20 });

  it('with another unit is never shown with a value of its former unit', () => {
    const { network, owner, shown, define, end } = clusterOf(4);
    const expectUnits = (): void => {
      for (const { view } of network.engines) {
        const reading = view
          .member('owner')
          ?.metrics.find(({ definition }) => definition.name === 'm1');
        if (reading === undefined) continue;
        expect(reading.value).toBe(reading.definition.unit === 's' ? 3 : numberOf('m1'));
      }
    };
    end('m1');
    define(SECONDS);
    expectUnits();
    network.feed(owner, samples(['m1', 3]));
    for (let i = 0; i < 10; i++) {
      expectUnits();
      network.round();
    }
    for (const values of shown()) expect(values.m1).toBe(3);
  });

  it('without having ended is opened anew as well, in its own slot', () => {
    const { network, owner, shown, define, slots } = clusterOf(2);
    const slot = owner.state.ownSlots.get('m1') ?? 0;
    define(SECONDS);
    expect(owner.state.ownSlots.get('m1')).toBe(slot);
    expect(slots()[slot]?.opening).toBe(1);
    // The last value had another unit.
    expect(metricsAt(owner, 'owner').m1).toBeUndefined();
    network.feed(owner, samples(['m1', numberOf('m1')]));
    network.settle();
    for (const values of shown()) expect(values.m1).toBe(numberOf('m1'));
    for (const engine of network.engines) {
      const { metrics = [] } = engine.view.member('owner') ?? {};
      expect(metrics.find(({ definition }) => definition.name === 'm1')?.definition.unit).toBe('s');
    }
  });

  it('defined as it is already changes nothing', () => {
    const { owner, define } = clusterOf(1);
    const { version } = owner.state;
    define(metric('m1', { priority: 2 }));
    expect(owner.state.version).toBe(version);
  });
});

describe('metrics of a family', () => {
  const FAMILY = metric('requests', { labelNames: ['route', 'code'] });
  const define = (labelValues: string[]) =>
    ({ type: 'define', definition: FAMILY, labelValues }) as const;

  it('are told apart by their label values, and share one definition', () => {
    const network = createNetwork();
    const owner = network.add(startEngine('owner', { definitions: [] }));
    const other = network.add(startEngine('other', { seeds: ['http://owner'], definitions: [] }));
    for (const values of [
      ['/', '200'],
      ['/', '500'],
      ['/a"b', ''],
    ]) {
      network.feed(owner, define(values));
    }
    const told = {
      'requests{route="/",code="200"}': 1,
      'requests{route="/",code="500"}': 2,
      'requests{route="/a\\"b"}': 3,
    };
    network.feed(owner, samples(...Object.entries(told)));
    network.settle();
    // The words for one family wait for the next round.
    network.round();
    expect(metricsAt(other, 'owner')).toEqual(told);
    expect(other.state.definitions.size).toBe(1);
    const [reading] = other.view.member('owner')?.metrics ?? [];
    expect(reading?.definition).toMatchObject({ family: 'requests', labelValues: ['/', '200'] });
    network.feed(owner, { type: 'end_metrics', names: ['requests{route="/",code="500"}'] });
    network.settle();
    expect(Object.keys(metricsAt(other, 'owner'))).toHaveLength(2);
  });
});

describe('the definitions of a view', () => {
  it('begin with those that most metrics have', () => {
    const network = createNetwork();
    const temperature = (unit: string) => metric('temperature', { unit });
    const ids = ['a', 'b', 'c', 'd'];
    const units = ['°F', '°C', '°C', '°F'];
    const engines = ids.map((id, i) =>
      network.add(
        startEngine(id, { seeds: ['http://a'], definitions: [temperature(`${units[i]}`)] }),
      ),
    );
    network.settle();
    const most = () => engines.map(({ view }) => view.definitions().map(({ unit }) => unit)[0]);
    network.feed(engines[0] as Engine, { type: 'end_metrics', names: ['temperature'] });
    network.settle();
    expect(most()).toEqual(['°C', '°C', '°C', '°C']);
  });
});

describe('a metric that is opened while a node runs', () => {
  it('is told at once with its first value, its card and its words where it is urgent', () => {
    const network = createNetwork();
    const owner = network.add(startEngine('owner', { definitions: [] }));
    const others = ['n1', 'n2', 'n3'].map((id) =>
      network.add(startEngine(id, { seeds: ['http://owner'], definitions: [] })),
    );
    for (let round = 0; round < 5; round++) network.round();
    network.feed(owner, { type: 'define', definition: URGENT });
    network.feed(owner, samples(['storage', 20]));
    for (const other of others) expect(metricsAt(other, 'owner')).toEqual({ storage: 20 });
  });

  it('waits for a round where it is not', () => {
    const network = createNetwork();
    const owner = network.add(startEngine('owner', { definitions: [] }));
    const other = network.add(startEngine('other', { seeds: ['http://owner'], definitions: [] }));
    for (let round = 0; round < 5; round++) network.round();
    network.log.length = 0;
    network.feed(owner, { type: 'define', definition: metric('load') });
    network.feed(owner, samples(['load', 20]));
    expect(network.log).toEqual([]);
    network.settle();
    expect(metricsAt(other, 'owner')).toEqual({ load: 20 });
  });

  it('is not pushed when it is one that the node has from its start', () => {
    const network = createNetwork();
    const owner = network.add(startEngine('owner'));
    network.add(startEngine('other', { seeds: ['http://owner'] }));
    for (let round = 0; round < 5; round++) network.round();
    network.log.length = 0;
    network.feed(owner, samples(['storage', 20]));
    expect(network.log).toEqual([]);
  });
});
