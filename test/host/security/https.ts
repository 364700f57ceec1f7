// Nodes of the tests about https, and asking them with the authority of the fixtures.

import { expect, vi } from 'vitest';
import { loadConfig } from '../../../node/config/load.ts';
import { MEMORY } from '../../../node/config/metrics.ts';
import type { HostedNode } from '../../../node/host/composition.ts';
import { createFetch } from '../../../node/host/network/http-client.ts';
import { startNode } from '../../../node/host/node.ts';
import type { Machine } from '../../../node/host/process/measuring.ts';
import type { ReadyAnswer } from '../../../node/http/answers/health-shapes.ts';
import type { MembersAnswer } from '../../../node/http/answers/shapes.ts';
import { type Pem, pem, pemPath } from '../../fixtures/tls.ts';

/** What is measured is no concern here, save that a quorum needs something to agree on. */
const readings = [{ metric: MEMORY.name, value: 50 }];
const MACHINE: Machine = {
  probes: [{ name: 'memory', metrics: [MEMORY], collect: () => readings }],
  collect: async () => readings,
  runs: () => [],
};

/** Settings of a node that shows this certificate and believes the authority of all. */
export const shows = (cert: Pem) => ({
  'tls.ca': pemPath('authority'),
  'tls.key': pemPath('node-key'),
  'tls.cert': pemPath(cert),
});

export const cleanUps: (() => Promise<unknown>)[] = [];

export async function cleanUp(): Promise<void> {
  for (const end of cleanUps.splice(0).reverse()) await end();
}

export async function start(
  id: string,
  flags: Record<string, string>,
  log: (level: string, sentence: string) => void = () => {},
): Promise<HostedNode> {
  const { config } = loadConfig({ environment: {}, flags: { port: '0', id, ...flags } });
  const node = await startNode(config, { stores: undefined, machine: MACHINE, log });
  cleanUps.push(() => node.close());
  return node;
}

/** Follows no redirect, and believes the authority of the fixtures. */
const call = createFetch(pem('authority'));

export async function textAt(url: string): Promise<string> {
  const response = await call(url);
  expect(response.status, url).toBe(200);
  return response.text();
}

export const get = async <T>(url: string): Promise<T> => JSON.parse(await textAt(url)) as T;

/** `alive https://…` by id, as a node sees it. */
export async function addressesAt({ url }: HostedNode): Promise<Record<string, string>> {
  const { members } = await get<MembersAnswer>(`${url}/members`);
  return Object.fromEntries(
    members.map(({ node: id, address, status }) => [id, `${status} ${address}`]),
  );
}

/** What /readyz says keeps a node from others. */
export const problemsAt = async ({ url }: HostedNode): Promise<readonly string[]> =>
  (await get<ReadyAnswer>(`${url}/readyz`)).checks.peers.problems;

export const soon = (check: () => Promise<void>): Promise<void> => vi.waitFor(check, 8_000);
