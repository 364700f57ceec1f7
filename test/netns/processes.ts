// Nodes as `npm run node` runs them, each a process in a namespace of its own, and questions to
// them from inside.

import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { ReadyAnswer } from '../../node/http/answers/health-shapes.ts';
import type { HistoryAnswer, NodeAnswer, StateAnswer } from '../../node/http/answers/shapes.ts';
import type { Host } from './network.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const COMPILE_CACHE = fileURLToPath(new URL('../../node_modules/.cache/priomon', import.meta.url));
export const PORT = 4001;

/** A thirtieth of the usual patience, so that minutes of a network pass in seconds. */
const QUICK = {
  PRIOMON_ROUND: '200ms',
  PRIOMON_MAX_ROUND: '400ms',
  PRIOMON_EXCHANGE_TIMEOUT: '300ms',
  PRIOMON_SUSPICION_MIN: '500ms',
  PRIOMON_SUSPICION_MAX: '1500ms',
  PRIOMON_RESOLVE: '1s',
  PRIOMON_SECRET: 'the-key-of-a-test-which-is-no-secret',
  PRIOMON_ADMIN_TOKEN: 'the-token-of-a-test',
};

export interface NodeProcess {
  readonly host: Host;
  /** All that it said so far. */
  said(): string;
  readonly ended: Promise<number | null>;
  signal(name: NodeJS.Signals): void;
  state(): Promise<StateAnswer['nodes']>;
  ready(): Promise<ReadyAnswer>;
  history(query: string): Promise<HistoryAnswer>;
  /** Tells a metric of its own. */
  tell(name: string, value: number, priority: number): Promise<void>;
}

const children = new Set<ChildProcess>();
// A test that is stopped half-way ends here.
process.on('exit', () => endAll());

/** Ends all processes that were started here. */
export function endAll(): void {
  for (const child of children) child.kill('SIGKILL');
}

function start(namespace: string, script: string, settings = {}): ChildProcess {
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^(PRIOMON_|LIBSQL_|NODE_OPTIONS|VITEST|FORCE_COLOR)/.test(name),
  );
  const child = spawn('ip', ['netns', 'exec', namespace, process.execPath, script], {
    cwd: ROOT,
    env: {
      ...Object.fromEntries(kept),
      NODE_COMPILE_CACHE: COMPILE_CACHE,
      NODE_COMPILE_CACHE_PORTABLE: '1',
      ...QUICK,
      ...settings,
    },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  children.add(child);
  child.once('exit', () => children.delete(child));
  return child;
}

/**
 * Settings are variables without their prefix, such as `JOIN`; nothing is stored without `DATA`.
 * `inside` has it asked on its own host, for nobody else may reach it.
 */
export function startNode(
  host: Host,
  id: string,
  settings: Readonly<Record<string, string>> = {},
  inside = false,
): NodeProcess {
  const given = { ID: id, LISTEN: '::', STORAGE_ENABLED: String('DATA' in settings), ...settings };
  const named = Object.entries(given).map(([name, value]) => [`PRIOMON_${name}`, value]);
  const child = start(host.namespace, 'node/cli/node.ts', Object.fromEntries(named));
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (part: string) => {
      text += part;
    });
  }
  const ask = askerIn(inside ? host.namespace : host.router);
  const base = `http://${inside ? '127.0.0.1' : host.v4 || `[${host.v6}]`}:${PORT}`;
  const get = async <T>(path: string): Promise<T> => JSON.parse((await ask(`${base}${path}`)).text);
  return {
    host,
    said: () => text,
    ended: new Promise((resolve) => child.once('exit', resolve)),
    signal: (name) => void child.kill(name),
    state: async () => (await get<StateAnswer>('/state')).nodes,
    ready: () => get('/readyz'),
    history: (query) => get(`/history?${query}`),
    async tell(name, value, priority) {
      const body = JSON.stringify({ name, value, priority, delta: 1 });
      const { status, text: answer } = await ask(`${base}/metrics\t${body}`);
      if (status !== 202 && status !== 200) throw new Error(`${id} refused ${name}: ${answer}`);
    },
  };
}

interface Said {
  readonly status: number;
  readonly text: string;
}

type Asker = (line: string) => Promise<Said>;

const askers = new Map<string, Asker>();

/** Calls out of a namespace; the process for it starts with the first question. */
function askerIn(namespace: string): Asker {
  const asker = askers.get(namespace) ?? createAsker(namespace);
  askers.set(namespace, asker);
  return asker;
}

function createAsker(namespace: string): Asker {
  const waiting: ((said: Said) => void)[] = [];
  let child: ChildProcess | undefined;
  const open = (): ChildProcess => {
    const opened = start(namespace, 'test/netns/asker.ts');
    const { stdout } = opened;
    if (stdout === null) throw new Error('the asker has no output');
    createInterface({ input: stdout }).on('line', (line) => {
      const at = line.indexOf('\t');
      waiting.shift()?.({ status: Number(line.slice(0, at)), text: line.slice(at + 1) });
    });
    return opened;
  };
  return (line) => {
    child ??= open();
    const { promise, resolve } = Promise.withResolvers<Said>();
    waiting.push(resolve);
    child.stdin?.write(`${line}\n`);
    return promise;
  };
}

/** Ids by status, as one node sees them. */
export const idsBy = (nodes: Record<string, NodeAnswer>, status: NodeAnswer['status']): string[] =>
  Object.entries(nodes)
    .filter(([, node]) => node.status === status)
    .map(([id]) => id)
    .sort();
