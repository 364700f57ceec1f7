// A misspelt name finds nothing, as a name does that nothing is wrong with: the answer tells them
// apart.

import { expect, it } from 'vitest';
import type { Closing } from '../../../node/http/answers/shapes.ts';
import { fixture, member } from '../fixture.ts';

const { app } = fixture({}, [
  member('n1', { labels: { region: 'eu' } }),
  member('n2', { labels: { region: 'us' } }),
  member('n9'),
]);

const unknownTo = async (path: string) => {
  const answer = await app.request(path);
  expect(answer.status).toBe(200);
  return ((await answer.json()) as Closing).unknown;
};

it.each([
  ['/query?where=cpuu%3E80', [{ kind: 'metric', name: 'cpuu', nearest: 'cpu' }]],
  ['/state?metric=cpuu', [{ kind: 'metric', name: 'cpuu', nearest: 'cpu' }]],
  ['/state?metric=cpu,queue', [{ kind: 'metric', name: 'queue' }]],
  ['/state?node=n99', [{ kind: 'node', name: 'n99', nearest: 'n9' }]],
  ['/members?node=n1,web', [{ kind: 'node', name: 'web' }]],
  ['/state?label=regio:eu', [{ kind: 'label', name: 'regio', nearest: 'region' }]],
  ['/query?aggregate=avg&by=label:rack', [{ kind: 'label', name: 'rack' }]],
  ['/query?metric=memry&top=3', [{ kind: 'metric', name: 'memry', nearest: 'memory' }]],
])('%s names what no node knows', async (path, expected) => {
  expect(await unknownTo(path)).toEqual(expected);
});

it.each([
  '/state',
  '/state?node=web-*&metric=q*',
  '/state?node=n1&status=dead',
  '/query?where=cpu%3E99',
  '/state?label=region:asia',
])('%s knows all it names', async (path) => {
  expect(await unknownTo(path)).toBeUndefined();
});
