// Traces of running nodes become files before the first run, so that every run replays the same.

import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openWorkload } from '../../../node/experiment/workloads/index.ts';
import { settleTraces } from '../../../node/experiment/workloads/settle.ts';
import { formatTrace, readTrace } from '../../../node/experiment/workloads/traces/trace-file.ts';

const CSV = 'at_ms,node,metric,value\n0,"a,""b""",cpu,12.5\n0,c,cpu,1\n1000,"a,""b""",cpu,97\n';

let folder = '';
let asked = 0;

/** A node whose history changes with every question. */
const server = createServer((_request, response) => {
  asked++;
  const point = (second: number) => ({
    ...{ node: 'n1', metric: 'cpu', unit: '%', count: 1, min: asked, avg: asked, max: asked },
    at: new Date(1_700_000_000_000 + second * 1_000).toISOString(),
  });
  const range = { from: point(0).at, to: point(9).at };
  const body = { node: 'n1', ...range, stepMs: 0, limited: false, points: [point(0), point(5)] };
  response.setHeader('Content-Type', 'application/json').end(JSON.stringify(body));
});

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'priomon-settle-'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterAll(async () => {
  server.close();
  await rm(folder, { recursive: true });
});

describe('a trace', () => {
  it('is written as it is read, names with commas and quotes too', () => {
    const trace = readTrace(CSV);
    expect(readTrace(formatTrace(trace))).toEqual(trace);
    expect(trace.nodes.map(({ id }) => id)).toEqual(['a,"b"', 'c']);
  });

  it('of a running node is asked for once, and kept', async () => {
    const { port } = server.address() as AddressInfo;
    const spec = { kind: 'trace', intensity: 1, source: `http://127.0.0.1:${port}` } as const;
    const settled = (await settleTraces([spec], folder))(spec);
    expect(asked).toBeGreaterThan(0);
    const before = asked;
    expect(settled.source).toContain(folder);
    const text = await readFile(settled.source ?? '', 'utf8');
    expect(readTrace(text).nodes.map(({ id }) => id)).toEqual(['n1']);
    await openWorkload(settled, { metrics: [], seed: 1 });
    expect(asked).toBe(before);
  });

  it('of a running node that is too long to be read again is told before any run', async () => {
    const { port } = server.address() as AddressInfo;
    const spec = { kind: 'trace', intensity: 1, source: `http://127.0.0.1:${port}` } as const;
    await expect(settleTraces([spec], folder, 40)).rejects.toMatchObject({
      code: 'trace_long',
      message: expect.stringMatching(/ of more than 40 bytes; choose less of it, with \?from=10m /),
    });
  });

  it('that is missing is told before any run', async () => {
    const spec = { kind: 'trace', intensity: 1, source: join(folder, 'gone.csv') } as const;
    await expect(settleTraces([spec], folder)).rejects.toThrow(/gone\.csv does not exist/);
  });

  it('has a default: the one that ships', async () => {
    const spec = { kind: 'trace', intensity: 1 } as const;
    expect((await settleTraces([spec], folder))(spec)).toEqual(spec);
    await expect(openWorkload(spec, { metrics: [], seed: 1 })).resolves.toBeTypeOf('function');
  });
});
