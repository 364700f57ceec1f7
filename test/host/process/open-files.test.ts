import { connect } from 'node:net';
import { afterAll, describe, expect, it } from 'vitest';
import { checkFiles, sharesOf } from '../../../node/host/process/open-files.ts';
import type { ReadyAnswer } from '../../../node/http/answers/health-shapes.ts';
import { fromSystemError } from '../../../node/transport/support/failures.ts';
import {
  type Command,
  endEverything,
  newFolder,
  runProgram,
  until,
  untilSaid,
} from '../../e2e/support/commands.ts';
import { NEEDS_LINUX } from '../../support/lacking.ts';

afterAll(endEverything);

describe('the files that a process may open', () => {
  it.each([
    [96, { callers: 16, kept: 8, calls: 8 }],
    [1_024, { callers: 480, kept: 240, calls: 240 }],
    [Infinity, { callers: 1_024, kept: Infinity, calls: 256 }],
    // In experiments, where nobody checks.
    [10, { callers: 1, kept: 1, calls: 1 }],
  ])('are shared out: %d', (files, shares) => {
    expect(sharesOf(files)).toEqual(shares);
  });

  it('are 96 at least', () => {
    expect(() => checkFiles(96)).not.toThrow();
    expect(() => checkFiles(95)).toThrow('may open 95 files at once, and a node needs 96: raise');
  });

  it('say nothing of a peer that could not be called for want of one', () => {
    const error = Object.assign(new Error('connect EMFILE'), { code: 'EMFILE' });
    const { failure, problem } = fromSystemError('http://b:1', error);
    expect(failure).toBe('closed');
    expect(problem?.sentence).toMatch(/^http:\/\/b:1 cannot be called \(EMFILE\); .*ulimit -n/);
  });
});

describe('a node that may open few files', NEEDS_LINUX, () => {
  const startWith = async (files: number): Promise<Command> => {
    const node = ['node/cli/node.ts', '--id', 'few', '--port', '0', '--data', await newFolder()];
    const limited = `ulimit -n ${files}; exec "$0" "$@"`;
    return runProgram('sh', '-c', limited, process.execPath, ...node);
  };

  it('does not start with 64 and says which limit it needs', async () => {
    const node = await startWith(64);
    expect((await node.ended).code).toBe(1);
    expect(node.error()).toBe(
      'This process may open 64 files at once, and a node needs 96: raise the limit ' +
        '(ulimit -n 1024, or LimitNOFILE= of its service).\n',
    );
  });

  it('works with 96, however many keep connections', async () => {
    const node = await startWith(96);
    await untilSaid(node, /answers at/, 10_000);
    const url = new URL(/http:\S+/.exec(node.out())?.[0] ?? '');
    const sockets = Array.from({ length: 100 }, (_, i) => {
      const localAddress = `127.0.1.${1 + (i % 50)}`;
      return connect({ host: '127.0.0.1', port: Number(url.port), localAddress });
    });
    for (const socket of sockets) socket.on('error', () => {});
    const get = async <T>(path: string): Promise<T> => (await fetch(new URL(path, url))).json();
    const isFull = async () => {
      const { connections } = await get<ReadyAnswer>('/readyz');
      expect((connections?.gaveWay ?? 0) + (connections?.refused ?? 0)).toBeGreaterThan(50);
    };
    await until(10_000, isFull);
    const fullAtMs = Date.now();
    await until(10_000, async () => {
      const { sampledAt } = await get<{ sampledAt: string }>('/state/few/cpu');
      expect(Date.parse(sampledAt)).toBeGreaterThan(fullAtMs + 1_000);
    });
    const { checks } = await get<ReadyAnswer>('/readyz');
    for (const socket of sockets) socket.destroy();
    expect(JSON.stringify(checks)).not.toMatch(/EMFILE|ulimit|files open/);
    expect(node.error()).not.toMatch(/EMFILE|ulimit|files open/);
  });
});
