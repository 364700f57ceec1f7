// Asking running nodes over HTTP, as any user of them would.

import { expect } from 'vitest';
import type { ReadyAnswer } from '../../../node/http/answers/health-shapes.ts';
import type { MembersAnswer, NodeAnswer, StateAnswer } from '../../../node/http/answers/shapes.ts';

const ASK_TIMEOUT_MS = 3_000;

export async function ask<T>(url: string): Promise<T> {
  const response = await fetch(url, { signal: AbortSignal.timeout(ASK_TIMEOUT_MS) });
  expect(response.status, url).toBe(200);
  return (await response.json()) as T;
}

export const stateAt = (url: string): Promise<StateAnswer> => ask(`${url}/state`);

export const membersAt = async (url: string): Promise<MembersAnswer['members']> =>
  (await ask<MembersAnswer>(`${url}/members`)).members;

export const readyAt = (url: string): Promise<ReadyAnswer> => ask(`${url}/readyz`);

/** What each of these nodes holds of one. */
export const viewsOf = (id: string, urls: readonly string[]): Promise<NodeAnswer[]> =>
  Promise.all(
    urls.map(async (url) => {
      const node = (await stateAt(url)).nodes[id];
      if (node === undefined) throw new Error(`${url} does not know ${id}`);
      return node;
    }),
  );

export const statusesOf = async (id: string, urls: readonly string[]): Promise<string[]> =>
  (await viewsOf(id, urls)).map(({ status }) => status);

export const post = (url: string, body: object): Promise<Response> =>
  fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(ASK_TIMEOUT_MS),
  });
