// Mistakes and broken surroundings, by the real commands: one sentence that says how to mend it,
// the right exit code, and no process left.

import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createClient } from '@libsql/client';
import { afterAll, describe, expect, it } from 'vitest';
import {
  type Command,
  type CommandName,
  endEverything,
  expectNoStack,
  newFolder,
  outcomeOf,
  processesOf,
  run,
  until,
  untilSaid,
} from './support/commands.ts';
import { readyAt } from './support/fleet.ts';
import { freeBasePort, freePort, hold } from './support/ports.ts';

/** Exit code, the one sentence on standard error, nothing else and nobody left. */
async function expectRefusal(
  code: number,
  sentence: RegExp,
  ...command: [CommandName, ...string[]]
) {
  const outcome = await outcomeOf(...command);
  expect(outcome.error).toMatch(sentence);
  expect(outcome.error.trimEnd().split('\n')).toHaveLength(1);
  expect(outcome.code).toBe(code);
  expect(await processesOf(outcome)).toEqual([]);
  return outcome;
}

/** A file with this text, in a folder of its own. */
async function fileWith(name: string, text: string | Uint8Array): Promise<string> {
  const path = join(await newFolder(), name);
  await writeFile(path, text);
  return path;
}

export function describeBadInput(): void {
  afterAll(endEverything);
  // Some mostly wait, so they wait together; the longest first.
  describe.concurrent('a node runs without', () => {
    specifyStorage();
    specifySeed();
  });
  describe.concurrent('bad usage ends with exit code 2 and a sentence', () => {
    specifyUsage();
    specifyFiles();
  });
  describe.concurrent('what the world refuses ends with exit code 1 and a sentence', () => {
    specifyPorts();
    specifyQuery();
  });
}

function specifyUsage(): void {
  it.each<[CommandName, string[], RegExp]>([
    ['nodes', ['0'], /count of nodes is 0, but must be a whole number from 1 to 1000/],
    ['nodes', ['-3'], /count of nodes is -3, but must be/],
    ['nodes', ['abc'], /count of nodes is abc, but must be/],
    ['nodes', ['100000'], /count of nodes is 100000, but must be/],
    ['nodes', ['3', '--base-prt', '5000'], /'--base-prt': did you mean --base-port\?/],
    ['node', ['--jion', 'http://a:1'], /'--jion': did you mean --join\?/],
    ['query', ['--nod', 'n1'], /'--nod': did you mean --node\?/],
    ['node', ['--metrics', 'cpu.priority=0'], /cpu\.priority is "0".* from 1 to 255/],
    ['node', ['--metrics', 'cpu.priority=256'], /cpu\.priority is "256".* from 1 to 255/],
    ['node', ['--metrics', 'memory.delta=-7'], /memory\.delta is "-7".*must be above 0/],
    ['node', ['--port', '70000'], /port is "70000".*65,?535/],
    ['node', ['--config', '/no/such.yaml'], /\/no\/such\.yaml cannot be read.*check the path/],
    [
      'node',
      ['--tls-key', 'k.pem'],
      /tls\.key is "k\.pem" \(--tls-key\), but tls\.cert is not set/,
    ],
    ['query', ['--tls-ca', '/no/such.pem'], /tls\.ca is \/no\/such\.pem, but .* check the path/],
    [
      'nodes',
      ['2', '--secret-file', '/no/such'],
      /secret_file \/no\/such cannot be used: there is/,
    ],
  ])('%s %j', async (name, args, sentence) => {
    await expectRefusal(2, sentence, name, ...args);
  });
}

function specifyFiles(): void {
  it.each([
    [
      'malformed YAML',
      'a.yaml',
      'round: 1s\njoin: [a\nid: x\n',
      /a\.yaml line 3 is not valid YAML/,
    ],
    ['malformed INI', 'a.ini', '[MetricDeltas]\ncpu 5\n', /a\.ini line 2 is not valid INI/],
    [
      'an unknown setting',
      'a.yaml',
      'round: 1s\nrond: 2s\n',
      /rond \(.* line 2\): did you mean round/,
    ],
    ['a priority of 0', 'a.yaml', 'metrics:\n  cpu:\n    priority: 0\n', /priority is 0.*line 3/],
  ])('%s in a file', async (_, name, text, sentence) => {
    await expectRefusal(2, sentence, 'nodes', '2', '--config', await fileWith(name, text));
  });
}

function specifyPorts(): void {
  it('a port that is taken, for one node and for a cluster', async () => {
    const basePort = await freeBasePort(3);
    const server = await hold(basePort + 3);
    const data = await newFolder();
    const sentence = new RegExp(
      `^Port ${basePort + 3} on 127.0.0.1 is taken; stop the program that holds it or choose`,
    );
    const port = String(basePort + 3);
    await expectRefusal(1, sentence, 'node', '--port', port, '--data', data);
    const base = String(basePort);
    await expectRefusal(1, sentence, 'nodes', '3', '--base-port', base, '--data', data);
    await expectRefusal(1, sentence, 'nodes', '3', '--base-port', base, '--in-process');
    server.close();
  });
}

function specifyQuery(): void {
  it('a query where nothing answers', async () => {
    const url = `http://127.0.0.1:${await freePort()}`;
    await expectRefusal(1, /does not answer: is a node running there\?/, 'query', '--url', url);
  });
}

/** A node on a free port; resolves when it answers. */
async function startNode(...args: string[]): Promise<{ command: Command; url: string }> {
  const command = run('node', '--id', 'n1', '--port', '0', ...args);
  await untilSaid(command, /answers at/, 10_000);
  return { command, url: /http:\S+/.exec(command.out())?.[0] ?? '' };
}

async function expectDegraded(data: string, sentence: RegExp): Promise<void> {
  const { command, url } = await startNode('--data', data);
  await untilSaid(command, sentence, 5_000);
  await until(5_000, async () => {
    const { ready, checks } = await readyAt(url);
    expect(ready).toBe(true);
    expect(checks.storage).toMatchObject({ status: 'degraded', problems: [expect.any(String)] });
    expect(checks.storage.problems[0]).toMatch(sentence);
  });
  command.interrupt();
  expect((await command.ended).code).toBe(0);
  expectNoStack(command.error());
}

function specifyStorage(): void {
  it('a data folder that cannot be made', async () => {
    await expectDegraded(
      '/dev/null/x',
      /Data folder \/dev\/null\/x cannot be made.*choose another/,
    );
  });

  it('a database that is damaged, which stays as it was', async () => {
    const data = await newFolder();
    const garbage = randomBytes(9_000);
    await writeFile(join(data, 'n1.db'), garbage);
    await expectDegraded(data, /n1\.db is damaged or no database; it was left as it is/);
    expect(await readFile(join(data, 'n1.db'))).toEqual(garbage);
  });

  it('a database that another process holds, and stores when that lets go', async () => {
    const data = await newFolder();
    const client = createClient({ url: `file:${join(data, 'n1.db')}` });
    const holder = await client.transaction('write');
    await holder.execute('CREATE TABLE held (x)');
    const { command, url } = await startNode('--data', data);
    await untilSaid(command, /n1\.db is locked by another process/, 5_000);
    expect((await readyAt(url)).checks.storage.status).toBe('degraded');
    await holder.rollback();
    client.close();
    await until(20_000, async () => {
      expect((await readyAt(url)).checks.storage.status).toBe('ok');
    });
    expectNoStack(command.error());
  });

  it('the room for a database, a folder in its place', async () => {
    const data = await newFolder();
    await mkdir(join(data, 'n1.db'));
    await expectDegraded(data, /n1\.db cannot be opened/);
  });
}

function specifySeed(): void {
  it('its seed, and says so once', async () => {
    const seed = `http://127.0.0.1:${await freePort()}`;
    const { command, url } = await startNode('--no-storage', '--join', seed);
    await untilSaid(command, new RegExp(`warn n1: The seed ${seed} does not answer`), 10_000);
    expect((await readyAt(url)).ready).toBe(true);
    command.interrupt();
    expect((await command.ended).code).toBe(0);
    expect(command.error().match(/does not answer/g)).toHaveLength(1);
  });
}
