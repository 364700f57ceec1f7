// Holds the types that programs build on: these tests fail in the type checker first.

import { hc, type InferRequestType, type InferResponseType } from 'hono/client';
import { describe, expect, expectTypeOf, it } from 'vitest';
import type { App } from '../../../node/app.ts';
import type { UserMetric } from '../../../node/client.ts';
import type { Status } from '../../../node/core/model.ts';
import type {
  HeldMetricAnswer,
  OneMetricAnswer,
  StateAnswer,
} from '../../../node/http/answers/shapes.ts';
import type { UserMetricInput } from '../../../node/http/user-metric.ts';
import { fixture } from '../fixture.ts';

const clientOf = (app: App, base: string) =>
  hc<App>(base, {
    fetch: (url: string | URL | Request, init?: RequestInit) => app.request(url, init),
  });

describe("the app's type", () => {
  it("gives Hono's client routes, parameters and answers", async () => {
    const client = clientOf(fixture().app, 'http://node/');
    const state = await client.state.$get({ query: { node: ['n1', 'n2'], metric: 'cpu' } });
    type State = InferResponseType<typeof client.state.$get, 200>;
    expectTypeOf<keyof State>().toEqualTypeOf<keyof StateAnswer>();
    expectTypeOf<State['nodes'][string]['status']>().toEqualTypeOf<Status>();
    expectTypeOf<State['nodes'][string]['metrics'][string]>().toEqualTypeOf<HeldMetricAnswer>();
    expect((await state.json()).nodes.n1?.metrics.cpu?.value).toBe(12.3);

    const one = client.state[':node'][':metric'];
    expectTypeOf<InferResponseType<typeof one.$get, 200>>().toEqualTypeOf<OneMetricAnswer>();
    const row = await one.$get({ param: { node: 'n1', metric: 'cpu' }, query: {} });
    expect((await row.json()).unit).toBe('%');
  });

  it("gives Hono's client the body of a user's metric", async () => {
    const client = clientOf(fixture().app, 'http://node/');
    type Body = InferRequestType<typeof client.metrics.$post>['json'];
    expectTypeOf<Body>().toEqualTypeOf<UserMetricInput | UserMetricInput[]>();
    const answer = await client.metrics.$post({ json: { name: 'x', value: 1, delta: '5%' } });
    expect((await answer.json()).metrics[0]?.name).toBe('x');
    // @ts-expect-error a value is a number
    const refused = await client.metrics.$post({ json: { name: 'x', value: '1' } });
    expect(refused.status).toBe(400);
  });

  it('works below a base path, given in the URL', async () => {
    const { app } = fixture({ basePath: '/priomon' });
    const answer = await clientOf(app, 'http://node/priomon/').livez.$get();
    expect(await answer.json()).toEqual({ status: 'ok' });
  });

  it("takes the small client's metrics", () => {
    expectTypeOf<UserMetric>().toExtend<Readonly<UserMetricInput>>();
    expectTypeOf<keyof UserMetric>().toEqualTypeOf<keyof UserMetricInput>();
  });
});
