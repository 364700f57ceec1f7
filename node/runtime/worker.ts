// The Worker for Cloudflare: a Durable Object is a node, and requests go to the one they name.

import { createObject, type EdgeObject } from '../edge/object.ts';
import type { ObjectContext, WorkerEnvironment } from '../edge/platform.ts';
import { route, wake } from '../edge/router.ts';

/** The class that wrangler.toml names; renaming it loses what its objects have stored. */
export class PrioMonNode {
  readonly #object: EdgeObject;

  constructor(context: ObjectContext, bindings: WorkerEnvironment) {
    this.#object = createObject(context, bindings);
  }

  fetch(request: Request): Promise<Response> {
    return this.#object.fetch(request);
  }

  alarm(): Promise<void> {
    return this.#object.alarm();
  }
}

const worker = {
  fetch: route,
  /** By the clock of wrangler.toml. */
  scheduled: (_: unknown, bindings: WorkerEnvironment): Promise<void> => wake(bindings),
};

// The runtime asks for this name.
export { worker as default };
