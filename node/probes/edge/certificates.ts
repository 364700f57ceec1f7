// Days until the certificates of checked addresses end, where the platform shows them. A Worker's
// fetch shows none: then this has no data, which is not 0.

import type { MetricDefinition } from '../../core/model.ts';
import type { Probe, Reading } from '../../ports.ts';
import type { CheckTarget } from './checks.ts';

/** When the certificate that an address answers with ends, wall clock, ms. */
export type CertificateEnd = (url: string) => Promise<number | undefined>;

export interface CertificateOptions {
  readonly targets: readonly CheckTarget[];
  readonly wallMs: () => number;
  /** Absent where nobody can look. */
  readonly certificateEnd?: CertificateEnd | undefined;
}

const DAY_MS = 86_400_000;

const definitionOf = ({ name, url }: CheckTarget): MetricDefinition => ({
  ...{ name: `check:${name}:certificate`, unit: 'd', kind: 'gauge', priority: 5, resolution: 0.1 },
  description: `Days until the certificate of ${new URL(url).host} ends`.slice(0, 200),
  delta: { kind: 'absolute', change: 1 },
});

export function createCertificateProbe(options: CertificateOptions): Probe {
  const { certificateEnd, wallMs } = options;
  const targets = options.targets.filter(({ url }) => url.startsWith('https:'));
  const look = async (target: CheckTarget): Promise<Reading[]> => {
    const endsAtMs = await certificateEnd?.(target.url);
    if (endsAtMs === undefined) return [];
    const value = (endsAtMs - wallMs()) / DAY_MS;
    return [{ metric: `check:${target.name}:certificate`, value }];
  };
  return {
    name: 'certificates',
    // What can never be measured is not announced to the fleet either.
    metrics: certificateEnd === undefined ? [] : targets.map(definitionOf),
    collect: async () => (await Promise.all(targets.map(look))).flat(),
  };
}
