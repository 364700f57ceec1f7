// One name for a thing in every answer: `node` is the node that is described, and `answeredBy` the
// node that answers.

import { describe, expect, it } from 'vitest';
import { fixture, json, member, storeOf, WALL_MS } from '../fixture.ts';

const POINT = { node: 'n2', metric: 'cpu', unit: '%', atMs: WALL_MS, min: 1, avg: 1, max: 1 };

const setUp = () => {
  const store = storeOf([{ ...POINT, count: 1 }]);
  return fixture({ store }, [member('n1'), member('n2', { status: 'dead' })]);
};

const GET = [
  ...['/state', '/state/n2', '/state/n2/cpu', '/members', '/query', '/query?aggregate=max'],
  ...['/query?node=n2&quorum=1', '/history', '/readyz'],
];

/** Names of all fields, however deep. */
const fieldsOf = (value: unknown): string[] =>
  typeof value !== 'object' || value === null
    ? []
    : Object.entries(value).flatMap(([name, inner]) => [
        ...(Array.isArray(value) ? [] : [name]),
        ...fieldsOf(inner),
      ]);

describe('every answer in JSON', () => {
  it.each([
    ...GET.map((path) => [path, {}] as const),
    ['/metrics', json({ name: 'queue', value: 1 })] as const,
    ['/leave', json({ reason: 'test' })] as const,
  ])(
    'of %s says by the same names which node answers, of which cluster and when',
    async (path, init) => {
      const answer = (await (await setUp().app.request(path, init)).json()) as object;
      expect(answer).toMatchObject({
        ...{ answeredBy: 'n1', cluster: 'test', at: '2026-01-31T12:00:00.000Z' },
      });
      const fields = fieldsOf(answer);
      for (const other of ['self', 'id', 'host', 'name']) {
        const isMetric = path === '/metrics' && other === 'name';
        if (!isMetric) expect(fields).not.toContain(other);
      }
    },
  );

  it.each([
    ['/state/n2', (answer: never) => answer],
    ['/state/n2/cpu', (answer: never) => answer],
    ['/members?node=n2', ({ members }: { members: object[] }) => members[0]],
    ['/query?node=n2', ({ rows }: { rows: object[] }) => rows[0]],
    ['/query?node=n2&quorum=1', ({ rows }: { rows: object[] }) => rows[0]],
    ['/history?node=n2', ({ points }: { points: object[] }) => points[0]],
  ] as const)('of %s calls the node that it tells of `node`', async (path, pick) => {
    const answer = await (await setUp().app.request(path)).json();
    expect((pick as (answer: unknown) => unknown)(answer)).toMatchObject({ node: 'n2' });
  });

  it.each(['/state/n2', '/members?node=n2'])(
    'of %s says since when a status holds',
    async (path) => {
      const text = await (await setUp().app.request(path)).text();
      expect(text).toContain('"status":"dead","statusSince":"2026-01-31T11:59:00.000Z"');
    },
  );

  it.each(['/state', '/state/n2', '/state/n2/cpu', '/query', '/query?node=n2&quorum=1'])(
    'of %s describes each metric, and says how exact it is and since when it holds',
    async (path) => {
      const text = await (await setUp().app.request(path)).text();
      expect(text).toMatch(/"value":12.3,/);
      expect(text).toMatch(/"description":"CPU busy[^{}]*"delta":5[,}]/);
      expect(text).toMatch(/"since":"2026-01-31T11:59:58.500Z"/);
      if (!path.endsWith('cpu')) expect(text).toContain('"delta":"15% min 4096"');
    },
  );
});
