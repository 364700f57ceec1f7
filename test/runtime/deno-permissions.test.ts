// What a node on Deno needs to be allowed, and what it says when something is missing.

import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import {
  type Command,
  endEverything,
  expectNoStack,
  newFolder,
  runProgram,
  until,
  untilSaid,
} from '../e2e/support/commands.ts';
import { readyAt, stateAt } from '../e2e/support/fleet.ts';
import { memoryPercent } from '../e2e/support/machine.ts';
import { freeBasePort } from '../e2e/support/ports.ts';
import { DENO } from './runtimes.ts';

afterEach(endEverything);

const ENTRY = 'node/runtime/deno.ts';

/** Those that the entry's own opening names. */
const LEAST = [...readFileSync(ENTRY, 'utf8').matchAll(/--allow-(?!all)\S+/g)].map(
  ([flag]) => flag,
);

interface Started {
  readonly node: Command;
  readonly url: string;
}

/** With the least there is, and another folder for data; without flags of these names. */
async function startWithout(...names: readonly string[]): Promise<Started> {
  const data = await newFolder();
  const port = (await freeBasePort(1)) + 1;
  const flags = LEAST.filter((flag) => !names.includes(flag.split('=')[0] ?? ''));
  const words = flags.map((flag) => flag.replace('=data', `=${data}`));
  const place = ['--port', String(port), '--data', data];
  const node = runProgram(DENO, 'run', '--no-prompt', ...words, ENTRY, ...place);
  return { node, url: `http://127.0.0.1:${port}` };
}

describe('a node on Deno with the least permissions', () => {
  it('are six, none of which opens everything or runs programs', () => {
    expect(LEAST.map((flag) => flag.split('=')[0])).toEqual([
      '--allow-net',
      '--allow-env',
      '--allow-read',
      '--allow-write',
      '--allow-ffi',
      '--allow-sys',
    ]);
  });

  it('works, stores, and measures processor, memory, storage and load', async () => {
    const { node, url } = await startWithout();
    await untilSaid(node, /answers at/, 15_000);
    await until(10_000, async () => {
      const { answeredBy, nodes } = await stateAt(url);
      const { metrics = {} } = nodes[answeredBy] ?? {};
      expect(Object.keys(metrics).sort()).toEqual(['cpu', 'load1', 'memory', 'storage']);
      expect(
        Math.abs((metrics.memory?.value ?? Number.NaN) - (await memoryPercent())),
      ).toBeLessThan(10);
      const { checks } = await readyAt(url);
      for (const check of Object.values(checks)) expect(check.problems).toEqual([]);
    });
    expect(node.error()).toMatch(/^note: Deno opens \/proc only with --allow-all: /);
  });
});

describe('a node on Deno that may call some addresses alone', () => {
  it('says of each other which permission that takes', async () => {
    const data = await newFolder();
    const port = (await freeBasePort(2)) + 1;
    const peer = `127.0.0.1:${port + 1}`;
    const words = [
      ...LEAST.filter((flag) => flag !== '--allow-net'),
      `--allow-net=127.0.0.1:${port}`,
    ];
    const place = ['--port', String(port), '--data', data, '--join', `http://${peer}`];
    runProgram(DENO, 'run', '--no-prompt', ...words, ENTRY, ...place);
    await until(10_000, async () => {
      const { checks } = await readyAt(`http://127.0.0.1:${port}`);
      expect(checks.peers.problems).toEqual([
        `http://${peer} may not be called here: Requires net access to "${peer}", ` +
          'run again with the --allow-net flag.',
      ]);
    });
  });
});

describe('a node on Deno that lacks a permission', () => {
  it.each(['env', 'net', 'sys'])('to use %s ends with a sentence', async (name) => {
    const { node } = await startWithout(`--allow-${name}`);
    expect(await node.ended).toMatchObject({ code: 1 });
    expect(node.error()).toMatch(
      new RegExp(
        `^Deno forbids .* requires ${name} access.*; run it with the --allow-${name}.*\\.$`,
        'm',
      ),
    );
    expectNoStack(node.error());
  });

  it.each(['read', 'ffi', 'write'])(
    'to %s says in /readyz that it does not store',
    async (name) => {
      const { node, url } = await startWithout(`--allow-${name}`);
      await untilSaid(node, /answers at/, 15_000);
      await until(10_000, async () => {
        const { ready, checks } = await readyAt(url);
        expect(ready).toBe(true);
        expect(checks.storage.problems.join()).toContain(`--allow-${name}`);
      });
      expectNoStack(node.error());
    },
  );
});
