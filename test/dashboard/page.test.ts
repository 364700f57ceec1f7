import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { CPU } from '../../node/config/metrics.ts';
import type { MemberReading, MetricDefinition } from '../../node/core/model.ts';
import { fixture, member, reading } from '../http/fixture.ts';

const pageOf = async (nodes: MemberReading[]) => {
  const answer = await fixture({}, nodes).app.request('/');
  expect(answer.status).toBe(200);
  return { answer, html: await answer.text() };
};

const idsOf = (html: string) =>
  [...html.matchAll(/<th scope="row"><a href="state\/([^"]*)">/g)].map(([, id]) => id);

const fleet = (count: number) => Array.from({ length: count }, (_, i) => member(`n${i + 1}`));

describe('GET /', () => {
  it('sums the fleet up, in its title too', async () => {
    const nodes = fleet(20);
    nodes[6] = member('n7', { status: 'dead' });
    const { html } = await pageOf(nodes);
    expect(html).toContain('20 nodes: 19 alive, 1 dead');
    expect(html).toContain('<title>1 dead · test · PrioMon</title>');
  });

  it('shows problems first, then n2 before n10, and nodes that left last', async () => {
    const { html } = await pageOf([
      member('n10'),
      member('n1', { status: 'left' }),
      member('n3', { status: 'suspect' }),
      member('n2'),
      member('n4', { status: 'dead' }),
    ]);
    expect(idsOf(html)).toEqual(['n4', 'n3', 'n2', 'n10', 'n1']);
  });

  it('shows values in human units, with the level as a class', async () => {
    const { html } = await pageOf([member('n2', { heardAt: 1_000_000 - 3_000 })]);
    expect(html).toContain('<td class="m ok w12" data-n="cpu">12.3<i>%</i></td>');
    expect(html).toContain('<td class="m warm w64" data-n="memory">64.2<i>%</i></td>');
    expect(html).toContain('data-n="network">1.2<i>MB/s</i></td>');
    expect(html).toContain('3 s ago');
  });

  it("shows users' metrics, and says how many more there are", async () => {
    const own = (name: string): MetricDefinition => ({ ...CPU, name, unit: 'jobs' });
    const metrics = Array.from({ length: 10 }, (_, i) => reading(own(`queue${i}`), 1_700 + i));
    const { html } = await pageOf([member('n1', { metrics })]);
    expect(html).toContain('queue7 <b>1,707 jobs</b>');
    expect(html).not.toContain('queue8');
    expect(html).toContain('and 2 more');
  });

  it('marks a value that this node should have sampled since, and says how old it is', async () => {
    const stale = { ...reading(CPU, 12.3, 9_000), staleAt: 1_000_000 - 5_200 };
    const { html } = await pageOf([member('n1', { metrics: [stale] })]);
    expect(html).toContain('12.3<i>%</i> <b title="sampled 9 s ago">stale</b></td>');
  });

  it('answers whatever text is in the view', async () => {
    const odd = '\ud800\u202e\u2028\u0000<b>';
    const labels = { [odd]: odd };
    const metrics = [reading({ ...CPU, name: odd, unit: odd, description: odd }, 1)];
    const leave = { reason: odd };
    const { html } = await pageOf([member('n1'), member(odd, { labels, metrics, leave })]);
    expect(html).toContain('2 nodes');
    expect(html).not.toContain('<b><');
  });

  it('says of an outbound-only node that it only calls out', async () => {
    const { html } = await pageOf([member('n1'), member('n2', { address: '' })]);
    expect(html).toContain('<small>127.0.0.1:4001</small>');
    expect(html).toContain('<small>only calls out</small>');
  });

  it('says why a node left', async () => {
    const leave = { reason: 'kernel upgrade' };
    const { html } = await pageOf([member('n1', { status: 'left', leave })]);
    expect(html).toContain('kernel upgrade');
  });

  it('escapes every name that a peer or user chose', async () => {
    const evil = `"><script>alert('x')</script>`;
    const metric = { ...CPU, name: evil, description: evil, unit: evil };
    const leave = { reason: evil };
    const changes = { labels: { [evil]: evil }, address: evil, leave };
    const { html } = await pageOf([
      member(evil, { ...changes, metrics: [reading(metric, 1)] }),
      member('n2', { metrics: [reading({ ...metric, name: 'cpu' }, 1)] }),
    ]);
    expect(html).not.toContain('<script>alert');
    expect(html.match(/&lt;script&gt;alert/g)?.length).toBeGreaterThan(6);
  });

  it('allows its own style and script alone', async () => {
    const { answer, html } = await pageOf(fleet(2));
    const policy = answer.headers.get('Content-Security-Policy') ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toContain('unsafe');
    for (const tag of ['style', 'script']) {
      const text = new RegExp(`<${tag}>([^]*?)</${tag}>`).exec(html)?.[1] ?? '';
      expect(text.length).toBeGreaterThan(100);
      const hash = createHash('sha256').update(text).digest('base64');
      expect(policy).toContain(`${tag}-src 'sha256-${hash}'`);
    }
    expect(html).not.toMatch(/ style=| on\w+=/);
    expect(answer.headers.get('X-Content-Type-Options')).toBe('nosniff');
  });

  it('refreshes itself without script too', async () => {
    const { html } = await pageOf(fleet(2));
    expect(html).toContain('<noscript><meta http-equiv="refresh" content="2"></noscript>');
  });

  it('links relatively, so that a proxy may mount it anywhere', async () => {
    const { html } = await pageOf(fleet(2));
    const links = [...html.matchAll(/(?:href|src)="([^"]*)"/g)].map(([, link]) => link);
    expect(links.length).toBeGreaterThan(3);
    expect(links.filter((link) => link?.startsWith('/') || link?.startsWith('http'))).toEqual([]);
  });

  it('stays within 20 KB for 20 nodes, and is bounded for any number', async () => {
    expect((await pageOf(fleet(20))).html.length).toBeLessThan(20_480);
    const many = fleet(1_200);
    many[1_100] = member('n1101', { status: 'dead' });
    const { html } = await pageOf(many);
    expect(idsOf(html)).toHaveLength(500);
    expect(idsOf(html)[0]).toBe('n1101');
    expect(html).toContain('500 nodes shown of 1,200 nodes');
  });

  it('tells an empty fleet and a lone node what comes next', async () => {
    expect((await pageOf([])).html).toContain('No node is known yet');
    expect((await pageOf(fleet(1))).html).toContain('--join http://127.0.0.1:4001');
    expect((await pageOf(fleet(2))).html).not.toContain('--join');
  });

  it('names columns and rows for screen readers', async () => {
    const { html } = await pageOf(fleet(3));
    expect(html.match(/<th scope="col"/g)).toHaveLength(8);
    expect(html.match(/<th scope="row"/g)).toHaveLength(3);
    expect(html.match(/<td class="s">alive<\/td>/g)).toHaveLength(3);
  });
});
