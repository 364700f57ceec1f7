// Every route that there is, by the app's own table, asked in every way: the answer is no fault of
// the node, is JSON, and comes soon. Nodes are real, their peers too; only sockets are not.

import fc from 'fast-check';
import { expect } from 'vitest';
import { createApp } from '../../node/app.ts';
import { hashText } from '../../node/core/hash.ts';
import { createRandom } from '../../node/core/random.ts';
import { DEFAULT_SETTINGS } from '../../node/core/settings.ts';
import { encodeMessage } from '../../node/core/wire/encode.ts';
import type { WorkerEnvironment } from '../../node/edge/platform.ts';
import { route } from '../../node/edge/router.ts';
import { OperatingError } from '../../node/errors.ts';
import { createOrchestratorApp } from '../../node/experiment/orchestrator/app.ts';
import { createServices } from '../../node/host/services.ts';
import { createGate } from '../../node/signing/gate.ts';
import { exchangeRequest } from '../core/arbitraries.ts';
import { FIXED } from '../core/support.ts';
import { createWorld, startFleet, WALL_OFFSET_MS } from '../driver/support.ts';
import { fakeSession } from '../experiment/orchestrator/support.ts';
import { fixture } from '../http/fixture.ts';
import { signerOf } from '../signing/support.ts';
import { fuzz, type Target, target } from './fuzz.ts';
import { anyBytes, anyText, nearlyBytes, nearlyText, wordOf } from './inputs.ts';

interface Asked {
  readonly app: { fetch(request: Request, environment?: unknown): Response | Promise<Response> };
  /** Faults of the program that were reported. */
  readonly faults: readonly unknown[];
}

/** Below a path of a proxy's where there is a secret. */
const baseOf = (isGuarded: boolean): string => (isGuarded ? '/mon/' : '/');

const TOKEN = 'an-admin-token-of-24-char';

const signer = await signerOf('n1');
signer.clock.now = WALL_OFFSET_MS;

/** The app of one of two nodes that know each other. */
async function startNode(isGuarded: boolean): Promise<Asked> {
  const world = createWorld();
  const [driver] = await startFleet(world, 2);
  if (driver === undefined) throw new Error('no node');
  const faults: unknown[] = [];
  const { clock } = world;
  const gate = createGate({
    clock,
    self: () => ({ cluster: driver.view.cluster, id: driver.id, generation: 1 }),
    report: () => {},
    ...(isGuarded && { signer, adminToken: TOKEN }),
  });
  const services = createServices({
    ...{ driver, clock, gate, basePath: baseOf(isGuarded), store: driver.store },
    machine: { probes: [], collect: async () => [], runs: () => [] },
    // Refusals are what is expected.
    log: (level, sentence) => level !== 'debug' && faults.push(sentence),
    peerProblems: { report: () => {}, clear: () => {}, list: () => [] },
    settings: DEFAULT_SETTINGS,
    peers: {
      ask: async () => {
        throw new OperatingError('timeout', 'No peer answers here.');
      },
      random: createRandom(1),
      settings: DEFAULT_SETTINGS,
    },
    admit: () => {},
    traffic: () => ({ sentBytes: 0, receivedBytes: 0 }),
    leave: async () => {},
  });
  return { app: createApp(services), faults };
}

/** Routes of an app as its own table has them; what stands before them all is none. */
const routesOf = (app: { routes: readonly { method: string; path: string }[] }) => {
  const own = app.routes.filter(({ method, path }) => method !== 'ALL' && !path.endsWith('*'));
  // What a route checks first is a line of the table too.
  return [...new Map(own.map((one) => [`${one.method} ${one.path}`, one])).values()];
};

const METHODS = [
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'PATCH',
  'DELETE',
  'OPTIONS',
  'QUERY',
  'get',
  'M-SEARCH',
];
const PARAMETERS = [
  ...['node', 'metric', 'label', 'status', 'where', 'aggregate', 'by', 'top', 'quorum', 'tries'],
  ...['timeout', 'from', 'to', 'step', 'limit', 'file', 'resume', 'cursor', 'view'],
];
const VALUES = [
  ...['n1', 'n2', 'cpu', 'storage', 'n*', 'n[1-2]', 'alive', 'dead', 'rack:a', 'cpu>80', 'avg,p95'],
  ...['metric', 'label:rack', '5', '100ms', '30s', '1h', '2026-01-31', '1796036934', 'quick', '1'],
];
const HEADERS = [
  ...['Accept', 'Authorization', 'Content-Type', 'Content-Length', 'If-None-Match', 'Origin'],
  ...['Sec-Fetch-Site', 'Sec-Fetch-Mode', 'Sec-Fetch-Dest', 'Host', 'X-Forwarded-For', 'Range'],
  ...['Accept-Encoding', 'Expect', 'Transfer-Encoding', 'X-HTTP-Method-Override', 'Cookie'],
];
const HEADER_VALUES = [
  ...['application/json', 'application/octet-stream', 'text/html', '*', '"etag"', 'W/"1"', 'null'],
  ...['application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'cross-site', 'none'],
  ...['same-origin', 'navigate', 'document', 'http://evil.test', 'http://127.0.0.1:4001', '-1'],
  ...[
    `Bearer ${TOKEN}`,
    'Bearer',
    '999999999999',
    'chunked',
    'bytes=0-',
    '127.0.0.1:4001',
    'n1.test',
  ],
];
const BODIES = [
  ...['{}', '[]', 'null', '{"reason":"upgrade","returnsAt":"2026-01-31"}', 'file=quick&resume=1'],
  ...['{"name":"queue","value":17,"unit":"jobs","priority":10,"delta":5}', '--x\r\n\r\n--x--'],
  '[{"name":"a","value":1},{"name":"a","value":2}]',
];

/** What a header may hold at all, as the platform has it. */
const toHeader = (text: string): string => text.replace(/[^\t\x20-\x7e\x80-\xff]/g, '');
const cluster = hashText(FIXED.cluster);
const gossip = exchangeRequest.map((sent) => encodeMessage({ ...sent, cluster }));
const body = fc.oneof(
  fc.constantFrom(...BODIES),
  fc.oneof(...BODIES.map((text) => nearlyText(text))),
  fc.object({ maxDepth: 2 }).map((value) => JSON.stringify(value)),
  anyBytes(200),
  gossip,
  nearlyBytes(gossip),
  fc.constant('x'.repeat(140_000)),
);
const words = wordOf(...VALUES);

interface Call {
  readonly isGuarded: boolean;
  readonly method: string;
  readonly words: readonly string[];
  readonly isEscaped: boolean;
  readonly query: readonly (readonly [string, string])[];
  readonly headers: readonly (readonly [string, string])[];
  readonly body: string | Uint8Array<ArrayBuffer>;
}

const call = (method: string): fc.Arbitrary<Call> =>
  fc.record({
    isGuarded: fc.boolean(),
    method: fc.oneof(
      { weight: 8, arbitrary: fc.constant(method) },
      { weight: 2, arbitrary: fc.constantFrom(...METHODS) },
    ),
    words: fc.array(words, { minLength: 2, maxLength: 2 }),
    isEscaped: fc.boolean(),
    query: fc.array(fc.tuple(wordOf(...PARAMETERS), words), { maxLength: 4 }),
    headers: fc.array(
      fc.tuple(fc.constantFrom(...HEADERS), wordOf(...HEADER_VALUES).map(toHeader)),
      { maxLength: 4 },
    ),
    body: body as fc.Arbitrary<Call['body']>,
  });

const escaped = (text: string): string => encodeURIComponent(text.toWellFormed());

/** Undefined for what no program could send. */
function requestOf(origin: string, path: string, given: Call): Request | undefined {
  const write = given.isEscaped ? escaped : (text: string) => text;
  const filled = path.replace(/:\w+/g, (name) =>
    write(given.words[name === ':node' ? 0 : 1] ?? ''),
  );
  const query = given.query.map((pair) => pair.map(write).join('=')).join('&');
  try {
    const hasBody = !/^(get|head)$/i.test(given.method);
    return new Request(`${origin}${filled}${query && `?${query}`}`, {
      method: given.method,
      headers: given.headers.map(([name, value]): [string, string] => [name, value]),
      ...(hasBody && { body: given.body }),
    });
  } catch {
    return undefined;
  }
}

/** Answers that are no JSON: pages, exchanges, streams of events. */
const OTHER_TYPES = /^(text\/html|text\/event-stream|application\/octet-stream|$)/;

async function expectSound(answer: Response, isHead: boolean): Promise<void> {
  const type = answer.headers.get('Content-Type') ?? '';
  expect(answer.status).not.toBe(500);
  if (answer.status >= 400) {
    expect(type).toBe('application/problem+json');
    if (!isHead) expect(await answer.json()).toMatchObject({ status: answer.status });
  } else if (answer.status === 204) {
    expect(type).toBe('');
  } else if (!OTHER_TYPES.test(type)) {
    expect(type).toMatch(/^application\/json/);
    if (!isHead && answer.status !== 304) JSON.parse(await answer.text());
  }
  if (!answer.bodyUsed) await answer.body?.cancel();
}

const nodes = new Map<boolean, Asked>();

/** Another one where an input may change something, or the input after it could not be replayed. */
async function nodeFor({ isGuarded, method }: Call): Promise<Asked> {
  const node = nodes.get(isGuarded) ?? (await startNode(isGuarded));
  if (method === 'POST') nodes.delete(isGuarded);
  else nodes.set(isGuarded, node);
  return node;
}

/** What has to be answered all the same after a call. */
const AFTERWARDS = ['', 'state', 'members', 'readyz'];

async function askNode(path: string, given: Call): Promise<void> {
  const base = baseOf(given.isGuarded);
  const { app, faults } = await nodeFor(given);
  const request = requestOf('http://127.0.0.1:4001', base.slice(0, -1) + path, given);
  if (request === undefined) return;
  const answer = await app.fetch(request, { caller: '10.0.0.7' });
  await expectSound(answer, /^head$/i.test(given.method));
  for (const place of given.method === 'POST' ? AFTERWARDS : []) {
    const after = await app.fetch(new Request(`http://127.0.0.1:4001${base}${place}`));
    expect(after.status).toBe(200);
    await after.text();
  }
  expect(faults).toEqual([]);
}

const ofNode = routesOf(createApp(fixture().deps)).map(
  ({ method, path }): Target =>
    target(`${method} ${path}`, call(method), (given) => askNode(path, given)),
);

const stranger = target(
  'a path that is no route',
  fc.tuple(anyText(60), call('GET')),
  ([path, given]) => askNode(`/${path}`, given),
);

/** Experiments that do nothing; of their own for each input. */
const orchestrator = (faults: unknown[] = [], signal = AbortSignal.abort()) =>
  createOrchestratorApp({
    session: fakeSession().session,
    fallback: 'quick',
    presets: ['quick', 'broken'],
    signal,
    reportError: (error) => faults.push(error),
  });

const ofExperiments = routesOf(orchestrator()).map(
  ({ method, path }): Target =>
    target(`${method} ${path} of experiments`, call(method), async (given) => {
      const faults: unknown[] = [];
      const request = requestOf('http://127.0.0.1:4000', path, given);
      if (request === undefined) return;
      const answer = await orchestrator(faults).fetch(request);
      await expectSound(answer, /^head$/i.test(given.method));
      expect(faults).toEqual([]);
    }),
);

const ofWorker = target(
  'anything to a Worker',
  fc.tuple(
    fc.oneof(nearlyText('/n/edge-1/state'), anyText(40)),
    wordOf('edge-1,edge-2'),
    call('GET'),
  ),
  async ([path, names, given]) => {
    const request = requestOf('https://edge.test', path, given);
    if (request === undefined) return;
    const bindings: WorkerEnvironment = {
      PRIOMON_NODES: names,
      NODES: { getByName: () => ({ fetch: async () => Response.json({}) }) },
    };
    await expectSound(await route(request, bindings), /^head$/i.test(given.method));
  },
);

fuzz('no fault, and JSON in time, is the answer to', [
  ...ofNode,
  stranger,
  ...ofExperiments,
  ofWorker,
]);
