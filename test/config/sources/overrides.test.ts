// What a configuration makes of a metric's definition.

import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../../node/config/load.ts';
import { CPU, NETWORK } from '../../../node/config/metrics.ts';
import { applyOverride } from '../../../node/config/sources/overrides.ts';
import type { MetricDefinition } from '../../../node/core/model.ts';

const configured = (definition: MetricDefinition, pairs: string): MetricDefinition => {
  const { config } = loadConfig({ environment: { PRIOMON_METRICS: pairs } });
  return applyOverride(definition, config.metrics[definition.name] ?? {});
};

describe('an override', () => {
  it('leaves what it does not say', () => {
    expect(configured(CPU, 'cpu.gossip=no')).toEqual(CPU);
    expect(configured(CPU, 'memory.priority=9')).toEqual(CPU);
  });

  it('changes priority and absolute delta', () => {
    expect(configured(CPU, 'cpu.priority=9,cpu.delta=2')).toEqual({
      ...CPU,
      priority: 9,
      delta: { kind: 'absolute', change: 2 },
    });
  });

  it('a relative delta keeps the floor that the metric has', () => {
    expect(configured(NETWORK, 'network.delta=30%').delta).toEqual({
      kind: 'relative',
      ratio: 0.3,
      floor: 4_096,
    });
  });

  it('or states its own', () => {
    expect(configured(NETWORK, 'network.delta=30% min 1000').delta).toEqual({
      kind: 'relative',
      ratio: 0.3,
      floor: 1_000,
    });
  });

  it('a metric that had an absolute delta gets that share of it as the floor', () => {
    expect(configured(CPU, 'cpu.delta=10%').delta).toEqual({
      kind: 'relative',
      ratio: 0.1,
      floor: 0.5,
    });
  });

  it.each(['0.5', '0.01', '5', '100', '1% min 0.002'])(
    'the resolution stays ten times below a delta of %s, and never gets coarser',
    (delta) => {
      const { resolution, delta: told } = configured(CPU, `cpu.delta=${delta}`);
      const smallest = told.kind === 'absolute' ? told.change : told.floor;
      expect(resolution).toBeLessThanOrEqual(smallest / 10);
      expect(resolution).toBeLessThanOrEqual(CPU.resolution);
    },
  );
});
