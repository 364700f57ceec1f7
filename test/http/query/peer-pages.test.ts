// A quorum about a node that tells more than is read at once: peers tell it in pages.

import { describe, expect, it } from 'vitest';
import type { PeerAccess } from '../../../node/app.ts';
import { CPU } from '../../../node/config/metrics.ts';
import { createRandom } from '../../../node/core/random.ts';
import { DEFAULT_SETTINGS } from '../../../node/core/settings.ts';
import { OperatingError } from '../../../node/errors.ts';
import type { QueryAnswer } from '../../../node/http/answers/shapes.ts';
import { holdingOf } from '../../../node/http/query/holding.ts';
import { keeping } from '../../../node/http/query/peer-pages.ts';
import { MAX_PEER_ANSWER_BYTES } from '../../../node/http/query/peers.ts';
import type { Holding } from '../../../node/http/query/quorum.ts';
import { fixture, member, problemOf, reading } from '../fixture.ts';

const METRICS = 250;
const NAMES = Array.from({ length: 8 }, (_, i) => `${i}`.padEnd(64, 'l'));

/** As long as labels, descriptions and what they are escaped to may be. */
const metricAt = (i: number, text = '"') => {
  const labelValues = NAMES.map(() => `${i}`.padEnd(128, text));
  const written = NAMES.map((name, at) => `${name}=${JSON.stringify(labelValues[at])}`).join(',');
  const name = `${'f'.repeat(64)}{${written}}`;
  const description = '"'.repeat(200);
  const definition = { ...CPU, name, family: 'f'.repeat(64), labelNames: NAMES, labelValues };
  return { ...reading({ ...definition, description, unit: '"'.repeat(16) }, i), version: i + 1 };
};

const db = (text?: string) =>
  member('d'.repeat(64), {
    ...{ status: 'dead', address: '' },
    metrics: Array.from({ length: METRICS }, (_, i) => metricAt(i, text)),
  });

/** n1, and peers that hold what `texts` says, asked as over a network. */
function cluster(texts: readonly string[], alter = (_: string, body: string): string => body) {
  const asked: string[] = [];
  const ids = texts.map((_, i) => `n${i + 2}`);
  const heads = [member('n1'), ...ids.map((id) => member(id))];
  const apps = texts.map((text, i) => {
    const selfId = ids[i] ?? '';
    const members = [...heads, db(text)];
    const byId = new Map(members.map((each) => [each.id, each]));
    const view = { ...fixture().view, selfId, cluster: 'test', revision: 1 };
    return fixture({
      view: {
        ...view,
        members: () => members,
        heads: () => members,
        definitions: () => [],
        facts: () => [],
        member: (id) => byId.get(id),
      },
    }).app;
  });
  const peers: PeerAccess = {
    random: createRandom(1),
    settings: DEFAULT_SETTINGS,
    ask: async (address, path) => {
      asked.push(path);
      const at = heads.findIndex((head) => head.address === address) - 1;
      const response = await apps[at]?.request(path);
      const body = alter(path, (await response?.text()) ?? '');
      if (body.length > MAX_PEER_ANSWER_BYTES) throw new OperatingError('too_much', 'too long');
      return JSON.parse(body);
    },
  };
  const { app } = fixture({ peers }, [...heads, db()]);
  return { asked, ask: (quorum: number) => app.request(`/query?node=${db().id}&quorum=${quorum}`) };
}

describe('a quorum about a node with the most and longest metrics', () => {
  it('agrees, though no peer tells it at once', async () => {
    const { asked, ask } = cluster(['"', '"']);
    const { rows, quorum } = (await (await ask(3)).json()) as QueryAnswer;
    expect(quorum).toMatchObject({ outcome: 'agreed', tries: 1, failed: [] });
    expect(rows).toHaveLength(METRICS);
    // Each peer was asked once for the whole, and for nine pages.
    expect(quorum?.messages).toBe(2 * asked.length);
    expect(asked).toHaveLength(20);
    expect(new Set(asked)).toContain(`/query?node=${db().id}&rows=241-270`);
  });

  it('does not take the word of a peer that tells more on a page than was asked for', async () => {
    const page = (path: string, body: string): string =>
      path.endsWith('rows=31-60') ? body.replace('"rows":[', `"rows":[${'{},'.repeat(30)}`) : body;
    const { quorum } = (await (await cluster(['"'], page).ask(2)).json()) as QueryAnswer;
    const failed = [{ node: 'n2', reason: 'bad_answer' }];
    expect(quorum).toMatchObject({ outcome: 'unanswered', failed });
  });

  it('gives up on a peer whose view turned to a new run between two pages', async () => {
    const turned = (path: string, body: string): string =>
      path.endsWith('rows=31-60')
        ? body.replaceAll(/"generation":\d+/g, '"generation":999999999')
        : body;
    const { quorum } = (await (await cluster(['"'], turned).ask(2)).json()) as QueryAnswer;
    expect(quorum?.failed).toEqual([{ node: 'n2', reason: 'no_answer' }]);
  });

  it('holds texts that peers tell alike once, and made-up ones within the room', () => {
    let bytes = 0;
    const share = {
      take: (more: number) => {
        bytes += more;
        if (bytes > 8 * 2 ** 20) throw new Error('no room');
      },
    };
    const keep = keeping(share);
    const told = (text: string) => keep(holdingOf(db(text)) as Holding);
    told('"');
    const once = bytes;
    expect(once).toBeGreaterThan(METRICS * 2_000);
    for (let i = 0; i < 10; i++) told('"');
    expect(bytes - 11 * METRICS * 512).toBe(once - METRICS * 512);
    expect(() => Array.from('abcdefgh', told)).toThrow('no room');
  });
});

describe('GET /query?rows=', () => {
  const { app } = fixture({}, [db(), member('n9', { metrics: [] })]);
  const rowsOf = async (query: string) =>
    (await (await app.request(`/query?${query}`)).json()) as QueryAnswer;

  it('tells that span of the rows of each node', async () => {
    const { rows, withoutMetrics } = await rowsOf('rows=31-33');
    expect(rows.map(({ version }) => version)).toEqual([31, 32, 33]);
    expect(withoutMetrics).toEqual([{ node: 'n9', status: 'alive' }]);
    expect((await rowsOf('rows=251-300')).rows).toEqual([]);
  });

  it.each(['0-3', '3-1', '3', 'a-b', '1-9999999'])('refuses %s', async (written) => {
    const problem = await problemOf(await app.request(`/query?rows=${written}`));
    expect(problem).toMatchObject({ status: 400 });
    expect(problem.detail).toContain('must be the first and the last, such as 1-30');
  });
});
