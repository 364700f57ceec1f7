// An admin has a dead node forgotten: who may be, and what is said of who may not.

import { expect, it } from 'vitest';
import { fixture, member, problemOf } from './fixture.ts';

const fleet = () => fixture({}, [member('n1'), member('n2'), member('gone', { status: 'dead' })]);

it('DELETE /members/:id has a dead node forgotten', async () => {
  const { app, records } = fleet();
  const answer = await app.request('/members/gone', { method: 'DELETE' });
  expect(answer.status).toBe(202);
  expect(await answer.json()).toMatchObject({ answeredBy: 'n1', forgotten: 'gone' });
  expect(records.forgotten).toEqual(['gone']);
});

it.each([
  ['n2', 409, 'node_alive', 'n2 answers its peers; stop it first'],
  ['nobody', 404, 'unknown_node', 'No node nobody is known here.'],
])('DELETE /members/%s is refused with %i and a sentence', async (id, status, code, sentence) => {
  const { app, records } = fleet();
  const problem = await problemOf(await app.request(`/members/${id}`, { method: 'DELETE' }));
  expect(problem).toMatchObject({ status, code });
  expect(problem.detail).toContain(sentence);
  expect(records.forgotten).toEqual([]);
});

it('DELETE /members/:id says when the node can have no more forgotten', async () => {
  const { app } = fixture({ forget: () => 'full' }, [member('n1')]);
  const problem = await problemOf(await app.request('/members/gone', { method: 'DELETE' }));
  expect(problem).toMatchObject({ status: 503, code: 'facts_full' });
  expect(problem.detail).toContain('ask another node');
});
