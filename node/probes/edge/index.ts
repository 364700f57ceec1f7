// The probes of a node without a machine. A new one is one file and one line here.

import type { Probe } from '../../ports.ts';
import { type CertificateOptions, createCertificateProbe } from './certificates.ts';
import { type CheckOptions, type CheckProbe, createCheckProbe } from './checks.ts';
import { createRequestProbe, type RequestProbe, type RequestTotals } from './requests.ts';

export interface EdgeProbes {
  readonly requests: RequestProbe;
  readonly checks: CheckProbe;
  readonly all: readonly Probe[];
}

export interface EdgeProbeOptions extends CheckOptions, CertificateOptions {
  readonly totals?: RequestTotals | undefined;
}

export const EDGE_PROBES = ['requests', 'checks', 'certificates'] as const;

export function createEdgeProbes(options: EdgeProbeOptions): EdgeProbes {
  const requests = createRequestProbe(options.totals);
  const checks = createCheckProbe(options);
  return { requests, checks, all: [requests, checks, createCertificateProbe(options)] };
}
