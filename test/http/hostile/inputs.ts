// What a stranger may send to each parameter and body of each route. Which routes and parameters
// there are, the app itself is asked, so that none can be forgotten.

import type { Hono } from 'hono';

/** A request in words and in full. */
export interface Input {
  readonly name: string;
  readonly path: string;
  readonly body?: BodyInit;
}

/** What the listener takes at most, with room for the rest of a head. */
const MAX_PATH = 8_000;
const MAX_BODY = 128 * 1024;

const LONG = 'a'.repeat(58);
const percent = encodeURIComponent;
const many = (count: number, make: (i: number) => string): string =>
  Array.from({ length: count }, (_, i) => make(i)).join(',');

/** As they stand in an address. */
const VALUES: Readonly<Record<string, string>> = {
  nothing: '',
  'a long text': 'a'.repeat(7_900),
  'nested groups': percent(`${'('.repeat(18)}[a-z]${')+'.repeat(18)}[^a-z]`),
  'many stars': percent('*a'.repeat(64)),
  'stars and places': percent(`${'*?'.repeat(62)}[b]`),
  'ten patterns': percent(many(10, (i) => `*a*a*a*[${i}]`)),
  classes: percent(many(10, () => '*[!-b][a-z]')),
  'open brackets': percent('['.repeat(2_000)),
  everything: '*',
  commas: ','.repeat(7_900),
  'many names': many(2_500, (i) => String(i)),
  'a hundred names that are nearly right': many(100, (i) => `${LONG}x${i % 10}${'12'}`),
  'a name that is nearly right': `${LONG}99999x`,
  'a metric that is nearly right': `${LONG}__1`,
  'a known name': 'cpu',
  'a large number': '9'.repeat(400),
  'the largest number': '1000',
  'a small number': '1',
  'a number beyond floats': '1e999',
  'a duration': '1s',
  'a long time': '2000-01-01',
  spaces: `cpu${'%20'.repeat(2_500)}%3E1`,
  'ten thresholds': percent(many(10, (i) => `${LONG}_${i}>=0`)),
  'all percentiles': many(100, (i) => `p${i}`),
  'one figure a hundred times': many(100, () => 'sum'),
  labels: percent(many(100, (i) => `rack:${LONG}${i}`)),
  'a label to group by': 'label:rack',
  colons: ':'.repeat(7_900),
  'broken percents': '%E0%A4%A%%%zz'.repeat(500),
  'lone surrogates': '%ED%A0%80'.repeat(800),
  emoji: percent('😀'.repeat(500)),
  'marks that turn text around': percent('\u202e\u2066\u200f'.repeat(200)),
  'zero bytes': '%00'.repeat(2_500),
  __proto__: '__proto__,constructor,toString',
};

/** What some parameters mean nothing without. */
const BESIDE: Readonly<Record<string, string>> = {
  by: '&aggregate=avg,p95&metric=*',
  aggregate: '&by=label:region',
  top: '&by=label:region',
  quorum: '&node=n1',
  tries: '&node=n1&quorum=3',
  timeout: '&node=n1&quorum=3',
};

const deep = (open: string, close: string, each: number): string =>
  open.repeat(MAX_BODY / each / 2) + close.repeat(MAX_BODY / each / 2);

const metric = (i: number, more: object): object => ({ name: `${LONG}${i}`, value: i, ...more });

const BODIES: Readonly<Record<string, BodyInit>> = {
  nothing: '',
  'no JSON': '{"a":'.repeat(20_000),
  'deep lists': deep('[', ']', 1),
  'deep objects': `${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}`,
  'a list of many numbers': JSON.stringify(new Array(60_000).fill(0)),
  'a list of many objects': JSON.stringify(new Array(40_000).fill({})),
  'a list of many wrong metrics': JSON.stringify(new Array(4_000).fill({ name: 1, value: 'x' })),
  'many fields': JSON.stringify(
    Object.fromEntries(Array.from({ length: 9_000 }, (_, i) => [`f${i}`, i])),
  ),
  'long texts': JSON.stringify({
    ...{ name: 'n'.repeat(60_000), unit: 'u'.repeat(20_000), value: 1, reason: 'r'.repeat(40_000) },
  }),
  'a hundred metrics': JSON.stringify(
    Array.from({ length: 100 }, (_, i) => metric(i, { description: 'd'.repeat(100), delta: 1e-9 })),
  ),
  numbers: JSON.stringify([metric(0, { value: 1e308 }), metric(1, { delta: 5e-324 })]),
  'a long number': `{"name":"x","value":${'9'.repeat(100_000)}}`,
  'a long share': JSON.stringify(metric(0, { delta: `${'9'.repeat(60_000)}%` })),
  'no text': new Uint8Array(MAX_BODY).fill(0xff),
};

/** Every route with its method, each once. */
export const routesOf = (app: Pick<Hono, 'routes'>): { method: string; path: string }[] => {
  const names = app.routes
    .filter(({ method }) => method !== 'ALL')
    .map(({ method, path }) => `${method} ${path}`);
  return [...new Set(names)].map((name) => {
    const [method = '', path = ''] = name.split(' ');
    return { method, path };
  });
};

type Ask = (path: string, init?: RequestInit) => Promise<Response>;

/** A route that checks its parameters names them all when one is wrong. */
async function parametersOf(path: string, ask: Ask): Promise<string[]> {
  const { detail = '' } = (await (await ask(`${path}?zz=1`)).json().catch(() => ({}))) as {
    detail?: string;
  };
  const [, names] = /known here: (.*)\.$/.exec(detail) ?? [];
  return names === undefined || names === '' ? ['zz'] : names.split(', ');
}

const cut = (path: string): string => path.slice(0, MAX_PATH);

/** All inputs of one route. */
export async function* inputsOf(
  { method, path }: { method: string; path: string },
  ask: Ask,
): AsyncGenerator<Input> {
  if (method !== 'GET') {
    for (const [name, body] of Object.entries(BODIES)) yield { name, path, body };
    return;
  }
  const plain = path.replace(':node', 'n1').replace(':metric', 'cpu');
  yield { name: 'nothing', path: plain };
  const places = path.match(/:\w+/g) ?? [];
  for (const place of places) {
    for (const [name, value] of Object.entries(VALUES)) {
      const written = path.replace(place, value || 'x').replace(/:\w+/g, 'n1');
      yield { name: `${place}: ${name}`, path: cut(written) };
    }
  }
  for (const parameter of await parametersOf(plain, ask)) {
    const beside = BESIDE[parameter] ?? '';
    for (const [name, value] of Object.entries(VALUES)) {
      const written = `${plain}?${parameter}=`;
      const room = MAX_PATH - written.length - beside.length;
      const whole = `${written}${value.slice(0, room)}${beside}`;
      yield { name: `${parameter}: ${name}`, path: whole };
    }
    const pair = `${parameter}=a&`;
    const repeated = pair.repeat(Math.floor(MAX_PATH / pair.length) - 20);
    yield { name: `${parameter}, over and over`, path: `${plain}?${repeated}` };
  }
}
