// The Worker in front of its objects, where no object can be reached.

import { describe, expect, it } from 'vitest';
import type { WorkerEnvironment } from '../../node/edge/platform.ts';
import { MAX_BODY_BYTES, route, WAKE_URL, wake } from '../../node/edge/router.ts';

const asked: string[] = [];
const bindings = (nodes: string, answer: () => Promise<Response>): WorkerEnvironment => ({
  PRIOMON_NODES: nodes,
  NODES: {
    getByName: (name) => ({
      async fetch(request) {
        asked.push(`${name} ${(await request.arrayBuffer()).byteLength}`);
        return answer();
      },
    }),
  },
});
const fine = async (): Promise<Response> => new Response('fine');

describe('the Worker', () => {
  it('says which variable to set when it has no nodes', async () => {
    const answer = await route(new Request('https://edge.test/'), bindings(' , ', fine));
    expect(answer.status).toBe(503);
    expect(await answer.json()).toMatchObject({
      code: 'no_nodes',
      detail: expect.stringContaining('PRIOMON_NODES'),
    });
  });

  it('answers for an object that cannot be asked', async () => {
    const broken = async (): Promise<Response> => {
      throw new Error('Exceeded allowed duration in Durable Objects free tier.');
    };
    const request = new Request('https://edge.test/n/edge-1/state');
    const answer = await route(request, bindings('edge-1', broken));
    expect(answer.status).toBe(503);
    expect(await answer.json()).toMatchObject({
      code: 'object_unavailable',
      detail: expect.stringMatching(/^The object edge-1 .*free tier/),
    });
  });

  it('wakes no object for a body that is too large, and hands on any other whole', async () => {
    const send = (bytes: number): Promise<Response> =>
      route(
        new Request('https://edge.test/n/edge-1/gossip', {
          method: 'POST',
          body: new Uint8Array(bytes),
        }),
        bindings('edge-1', fine),
      );
    asked.length = 0;
    expect((await send(MAX_BODY_BYTES + 1)).status).toBe(413);
    expect(asked).toEqual([]);
    expect((await send(MAX_BODY_BYTES)).status).toBe(200);
    expect(asked).toEqual([`edge-1 ${MAX_BODY_BYTES}`]);
  });
});

describe('the clock of the Worker', () => {
  it('asks every object, whatever another one answers', async () => {
    const woken: string[] = [];
    await wake({
      PRIOMON_NODES: 'edge-1,edge-2,edge-3',
      NODES: {
        getByName: (name) => ({
          async fetch({ url }) {
            woken.push(`${name} ${url}`);
            if (name === 'edge-1') throw new Error('Exceeded allowed duration.');
            return new Response(null, { status: 204 });
          },
        }),
      },
    });
    expect(woken).toEqual(['edge-1', 'edge-2', 'edge-3'].map((name) => `${name} ${WAKE_URL}`));
  });

  it('has an address that no other caller can ask', async () => {
    const { pathname } = new URL(WAKE_URL);
    const answer = await route(
      new Request(`https://edge.test${pathname}`),
      bindings('edge-1', fine),
    );
    expect(answer.status).toBe(404);
  });
});
