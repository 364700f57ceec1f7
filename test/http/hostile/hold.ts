// Run as a process with the flags that a node ships with: sends every input to every route and
// tells, as lines of JSON, those that held the event loop longer than they may.

import { createApp } from '../../../node/app.ts';
import { createFleetNode } from './fleet.ts';
import { type Input, inputsOf, routesOf } from './inputs.ts';

const MAX_HOLD_MS = 50;
/** A real cost repeats, a pause for collecting garbage does not. */
const MAX_REPEATS = 6;

/** Work of this thread, ms: what a busy machine gives to others does not count. */
function workMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1_000;
}

const app = createApp(createFleetNode());

const initOf = (method: string, { body }: Pick<Input, 'body'>): RequestInit => ({
  method,
  headers: {
    Host: '127.0.0.1:4001',
    ...(method !== 'GET' && {
      'Content-Type': 'application/json',
    }),
  },
  ...(body !== undefined && { body }),
});

const ask = async (path: string, init: RequestInit = initOf('GET', {})): Promise<Response> =>
  app.request(`http://127.0.0.1:4001${path}`, init);

/** The most work between two turns of the event loop while an answer is made and read, ms. */
async function holdOf(
  path: string,
  init: RequestInit,
): Promise<{ holdMs: number; status: number }> {
  let holdMs = 0;
  let turnedAt = workMs();
  let isOver = false;
  const look = (): void => {
    const now = workMs();
    holdMs = Math.max(holdMs, now - turnedAt);
    turnedAt = now;
    if (!isOver) setImmediate(look);
  };
  setImmediate(look);
  // Started by the loop, so that the first slice counts as well.
  await new Promise((resolve) => setImmediate(resolve));
  const response = await ask(path, init);
  for await (const _ of response.body ?? []);
  await new Promise((resolve) => setImmediate(resolve));
  isOver = true;
  return { holdMs, status: response.status };
}

let calls = 0;
for (const route of routesOf(app)) {
  const worst = { holdMs: 0, name: '' };
  for await (const input of inputsOf(route, ask)) {
    const init = initOf(route.method, input);
    const { status, ...first } = await holdOf(input.path, init);
    let { holdMs } = first;
    calls++;
    for (let i = 1; i < MAX_REPEATS && holdMs > MAX_HOLD_MS / 2; i++) {
      const again = await holdOf(input.path, init);
      holdMs = Math.min(holdMs, again.holdMs);
    }
    const isFault = status >= 500 && status !== 503;
    if (holdMs > MAX_HOLD_MS || isFault) {
      console.log(JSON.stringify({ route, input: input.name, holdMs: Math.round(holdMs), status }));
    }
    if (holdMs > worst.holdMs) Object.assign(worst, { holdMs, name: input.name });
  }
  const { method, path } = route;
  console.error(`${method} ${path}: ${worst.holdMs.toFixed(1)} ms at most, for ${worst.name}`);
}
console.log(JSON.stringify({ calls }));
