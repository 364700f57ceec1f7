// A fleet that is upgraded over a change of the wire: processes of the release before and of this
// one know one another's addresses, live apart, and are one fleet when the last is upgraded.

import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WIRE_VERSION } from '../../node/core/wire/messages.ts';
import type { HistoryAnswer } from '../../node/http/answers/shapes.ts';
import { lacking, NEEDS_PROC } from '../support/lacking.ts';
import { greeting } from './hostile-gossip.ts';
import {
  type Command,
  endEverything,
  expectNoStack,
  newFolder,
  runProgram,
  until,
  untilSaid,
} from './support/commands.ts';
import { ask, readyAt, stateAt } from './support/fleet.ts';
import { freeBasePort } from './support/ports.ts';
import { unpackReleaseBefore, whyNoReleaseBefore } from './support/release-before.ts';

const NEEDS_RELEASE_BEFORE = lacking(await whyNoReleaseBefore());

const THIS_RELEASE = 'node/cli/node.ts';
const OLD = ['n1', 'n2', 'n3'];
const NEW = ['n4', 'n5', 'n6'];
/** Of this release too, but it knows addresses of the other one alone. */
const ALONE = 'n7';
const CALLED = [...OLD, ...NEW];
const ALL = [...CALLED, ALONE];

const SUSPICION_MS = 1_000;
/** So long the halves live side by side: whoever is accused meanwhile is dead before the end. */
const APART_MS = 4 * SUSPICION_MS;
const LOOK_EVERY_MS = 100;
const SETTINGS = [
  ...['--round', '100ms', '--max-round', '200ms', '--contact-every-rounds', '1'],
  ...['--suspicion-min', '500ms', '--suspicion-max', `${SUSPICION_MS}ms`],
];

let releaseBefore = '';
let basePort = 0;
let data = '';
/** The present run of each, and all that any run said. */
const running = new Map<string, Command>();
const runs: Command[] = [];
/** When the first process of the release before is stopped. */
let upgradeBegan = '';
let generations: Readonly<Record<string, number>> = {};

const urlOf = (id: string): string => `http://127.0.0.1:${basePort + Number(id.slice(1))}`;

const seedsOf = (id: string): string[] =>
  (id === ALONE ? OLD : CALLED).filter((seed) => seed !== id).map(urlOf);

async function start(id: string, program: string): Promise<void> {
  const place = ['--id', id, '--port', new URL(urlOf(id)).port, '--data', data];
  const command = runProgram(
    process.execPath,
    ...[program, ...place, '--join', seedsOf(id).join(','), ...SETTINGS],
  );
  running.set(id, command);
  runs.push(command);
  await untilSaid(command, /answers at/, 15_000);
}

const said = (id: string): string => running.get(id)?.error() ?? '';

const statusesAt = async (id: string): Promise<Record<string, string>> =>
  Object.fromEntries(
    Object.entries((await stateAt(urlOf(id))).nodes).map(([node, { status }]) => [node, status]),
  );

const living = (ids: readonly string[]): Record<string, string> =>
  Object.fromEntries(ids.map((id) => [id, 'alive']));

/** Each of them sees these alive, and nobody else. */
const expectWhole = (ids: readonly string[]): Promise<unknown> =>
  Promise.all(ids.map(async (id) => expect(await statusesAt(id), id).toEqual(living(ids))));

const pointsOf = async (at: string, node: string): Promise<HistoryAnswer['points']> =>
  (await ask<HistoryAnswer>(`${urlOf(at)}/history?node=${node}&from=0&to=${upgradeBegan}`)).points;

/** As the refused is told it; the release before has the same words, which stay as they are. */
const refusal = (version: number, spoken: number): string =>
  `The message has wire version ${version}, this node speaks ${spoken}; run the same release of ` +
  'PrioMon on both machines.';

const FOR_NEW = refusal(WIRE_VERSION, WIRE_VERSION - 1);
const FOR_OLD = refusal(WIRE_VERSION - 1, WIRE_VERSION);

/** What is logged of a peer that refused, and of callers that were refused. */
const refusedBy = (id: string, sentence: string): string =>
  `${urlOf(id)} refuses this node (unknown_version): ${sentence}`;
const refusedHere = (sentence: string): string =>
  `127.0.0.1 is refused (unknown_version): it was told: ${sentence}`;

const timesSaid = (id: string, sentence: string): number => said(id).split(sentence).length - 1;

describe('a fleet half upgraded', { ...NEEDS_PROC, ...NEEDS_RELEASE_BEFORE }, () => {
  beforeAll(async () => {
    [releaseBefore, basePort, data] = await Promise.all([
      unpackReleaseBefore(),
      freeBasePort(ALL.length),
      newFolder(),
    ]);
    await Promise.all([
      ...OLD.map((id) => start(id, releaseBefore)),
      ...[...NEW, ALONE].map((id) => start(id, THIS_RELEASE)),
    ]);
  }, 60_000);
  afterAll(endEverything);
  specifyHalves();
  specifyRefusals();
  specifyUpgrade();
});

function specifyHalves(): void {
  it('is two fleets, each whole to itself, and no node is accused in either', async () => {
    await until(15_000, expectTwoFleets);
    const before = await refusedAll();
    const end = performance.now() + APART_MS;
    while (performance.now() < end) {
      await expectTwoFleets();
      await sleep(LOOK_EVERY_MS);
    }
    // They called one another all the while.
    const after = await refusedAll();
    for (const [at, id] of CALLED.entries()) expect(after[at], id).toBeGreaterThan(before[at] ?? 0);
    expectNobodyAccused();
  });
}

const expectTwoFleets = (): Promise<unknown> =>
  Promise.all([OLD, NEW, [ALONE]].map((ids) => expectWhole(ids)));

/** How many calls of the other half each refused. */
const refusedAll = (): Promise<number[]> =>
  Promise.all(
    CALLED.map(async (id) => (await readyAt(urlOf(id))).gossip.refused.unknown_version ?? 0),
  );

function expectNobodyAccused(): void {
  for (const run of runs) {
    expect(run.error()).not.toMatch(/ n\d is (suspected|dead|forgotten)/);
    expectNoStack(run.error());
  }
}

function specifyRefusals(): void {
  it.each([
    ['the release before', 'n1', WIRE_VERSION, FOR_NEW],
    ['this release', 'n4', WIRE_VERSION - 1, FOR_OLD],
  ])('is refused by %s with status 426 and the fix', async (_, id, version, detail) => {
    // The version follows the byte that opens the message.
    const body = greeting('priomon').with(1, version);
    const response = await fetch(`${urlOf(id)}/gossip`, { method: 'POST', body });
    expect(response.status).toBe(426);
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    expect(await response.json()).toMatchObject({
      code: 'unknown_version',
      title: 'Other wire version',
      detail,
    });
  });

  it('is told so on both sides, once each in the log', async () => {
    // Each calls one of the others at a time, drawn by lot.
    await until(10_000, () => {
      for (const id of OLD) {
        expect(timesSaid(id, refusedHere(FOR_NEW)), id).toBe(1);
        for (const other of NEW) expect(timesSaid(id, refusedBy(other, FOR_OLD)), id).toBe(1);
      }
      for (const id of NEW) expect(timesSaid(id, refusedHere(FOR_OLD)), id).toBe(1);
      for (const id of [...NEW, ALONE]) {
        for (const other of OLD) expect(timesSaid(id, refusedBy(other, FOR_NEW)), id).toBe(1);
      }
    });
  });

  it('is counted and told in /readyz of this release, which stays ready', async () => {
    for (const id of [...NEW, ALONE]) {
      const { ready, gossip, checks } = await readyAt(urlOf(id));
      expect(ready).toBe(true);
      expect(gossip.otherVersionExchanges).toBeGreaterThan(0);
      for (const other of OLD) expect(checks.peers.problems).toContain(refusedBy(other, FOR_NEW));
    }
  });
}

function specifyUpgrade(): void {
  it('lets a node whose seeds all refused it join the first of them that is upgraded', async () => {
    generations = Object.fromEntries(
      Object.entries((await stateAt(urlOf('n1'))).nodes).map(([id, node]) => [id, node.generation]),
    );
    upgradeBegan = new Date().toISOString();
    await upgrade('n1');
    await until(10_000, async () => {
      await expectWhole(['n1', ...NEW, ALONE]);
      for (const id of ['n2', 'n3']) {
        expect(await statusesAt(id)).toEqual({ n1: 'left', n2: 'alive', n3: 'alive' });
      }
    });
  });

  it('is one fleet again when the last is upgraded, and no node was accused', async () => {
    await upgrade('n2');
    await upgrade('n3');
    await until(10_000, async () => {
      await expectWhole(ALL);
      for (const id of ALL) {
        const { problems } = (await readyAt(urlOf(id))).checks.peers;
        expect(problems.filter((problem) => problem.includes('refuses this node'))).toEqual([]);
      }
    });
    expectNobodyAccused();
  });

  it('keeps the generations and the history that the release before wrote', async () => {
    const { nodes } = await stateAt(urlOf(ALONE));
    for (const id of OLD) {
      expect(nodes[id]?.generation).toBeGreaterThan(generations[id] ?? Number.NaN);
      for (const other of OLD) {
        const points = await pointsOf(id, other);
        expect(points.length, `${other} at ${id}`).toBeGreaterThan(0);
      }
    }
  });
}

/** As an operator does: it leaves, and starts at its old place with its old data. */
async function upgrade(id: string): Promise<void> {
  const old = running.get(id);
  old?.interrupt();
  expect(await old?.ended).toEqual({ code: 0, signal: null });
  await start(id, THIS_RELEASE);
}
