// Names that are stored, for who asked for others; a few, for nobody reads more.

import type { History } from '../../ports.ts';

const MAX_NAMES = 200;

export interface Names {
  add(node: string, metric: string): void;
  list(): NonNullable<History['stored']>;
}

export function createNames(): Names {
  const nodes = new Set<string>();
  const metrics = new Set<string>();
  const put = (names: Set<string>, name: string): void => {
    if (names.size < MAX_NAMES) names.add(name);
  };
  return {
    add(node, metric) {
      put(nodes, node);
      put(metrics, metric);
    },
    list: () => ({ nodes: [...nodes], metrics: [...metrics] }),
  };
}
