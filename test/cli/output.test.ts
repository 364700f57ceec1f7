// What peers and users wrote never reaches a terminal as it is, whichever command shows it.

import { describe, expect, it } from 'vitest';
import { runCommand } from '../../node/cli/command.ts';
import { createExperimentReport } from '../../node/cli/experiment/report.ts';
import { fleetTable } from '../../node/cli/nodes/fleet-table.ts';
import { createReport } from '../../node/cli/nodes/report.ts';
import { queryText, stateTable } from '../../node/cli/query/tables.ts';
import { createPaint } from '../../node/cli/terminal/paint.ts';
import { ConfigError } from '../../node/config/problem.ts';
import { OperatingError } from '../../node/errors.ts';
import type {
  Families,
  NodeAnswer,
  QueryAnswer,
  StateAnswer,
} from '../../node/http/answers/shapes.ts';

/** A terminal obeys it, it turns writing, breaks lines, has no width, or is half a character. */
const HOSTILE = 'x\u001b[2J\u202ey\u2028z\u200b\u200f\ud800\u2066';
const SHOWN = 'x\\u001b[2J\\u202ey\\u2028z\\u200b\\u200f\\ud800\\u2066';
const OBEYED = /[^\P{Cc}\n]|[\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;
const PLAIN = createPaint({}, {});

const metric = {
  ...{ value: 1, version: 1, since: '2026-01-01T00:00:00.000Z', ageMs: 0 },
};
const node = {
  ...{ status: 'alive', generation: 1, address: '', callsOutOnly: true, labels: {}, ageMs: 0 },
  metrics: { [HOSTILE]: metric, cpu: metric },
} as unknown as NodeAnswer;

/** What a command writes to either stream. */
async function written(main: () => Promise<undefined>, usage?: string): Promise<string> {
  let text = '';
  const add = (piece: string): void => {
    text += piece;
  };
  await runCommand(
    () => (usage === undefined ? { kind: 'run', options: 0 } : { kind: 'usage', message: usage }),
    main,
    { argv: [], out: add, error: add, exitWith: () => undefined },
  );
  return text;
}

const fail = (error: Error) => () => Promise.reject<undefined>(error);

function reported(isJson: boolean): string {
  const texts: string[] = [];
  const out = { write: (text: string) => texts.push(text) };
  const nodes = createReport({ count: 1, isInProcess: false, isJson, flags: {} }, out);
  nodes.note(HOSTILE);
  nodes.ended('n1', HOSTILE);
  createExperimentReport(isJson, out, PLAIN).note(HOSTILE);
  return texts.join('');
}

const ANSWER = {
  rows: [{ node: HOSTILE, status: 'alive', metric: HOSTILE, value: 1, unit: HOSTILE, ageMs: 0 }],
  aggregates: [{ metric: HOSTILE, unit: HOSTILE, group: HOSTILE, values: { avg: 1 } }],
  quorum: {
    ...{ outcome: 'agreed', detail: HOSTILE, newest: { generation: 1, version: 1 } },
    ...{ agreed: [HOSTILE], unknownTo: [HOSTILE], failed: [{ node: HOSTILE, reason: HOSTILE }] },
    votes: [{ node: HOSTILE, agrees: false, generation: 1, version: 1 }],
    ...{ tries: 1, messages: 1, tookMs: 1, staleness: null },
  },
} as unknown as QueryAnswer;
const FAMILIES = { cpu: { unit: HOSTILE }, [HOSTILE]: { unit: HOSTILE } } as unknown as Families;
const STATE = { nodes: { [HOSTILE]: node }, families: FAMILIES } as unknown as StateAnswer;

describe('a text that steers terminals is shown, not sent,', () => {
  it.each<[string, () => string | Promise<string>]>([
    ['in the state of a fleet', () => stateTable(STATE, PLAIN)],
    ['in rows, aggregates and quorums', () => queryText(ANSWER, PLAIN)],
    [
      'in the table of a local cluster',
      () =>
        fleetTable(
          [{ id: HOSTILE, state: node, families: FAMILIES, round: 1, bytesPerSecond: 1 }],
          ROOM,
          PLAIN,
        ),
    ],
    ['in what a local cluster and an experiment tell', () => reported(false)],
    ['in the same for programs', () => reported(true)],
    ['in a refusal', () => written(fail(new OperatingError('x', HOSTILE)))],
    [
      'in problems of a configuration',
      () => written(fail(new ConfigError([{ setting: '', where: '', message: HOSTILE }]))),
    ],
    ['in a sentence about the command line', () => written(async () => undefined, HOSTILE)],
  ])('%s', async (_where, show) => {
    const text = await show();
    expect(text).not.toMatch(OBEYED);
    expect(text).toContain(SHOWN);
  });
});

const ROOM = { lines: 9, columns: 200 };

it('a refusal is one line, whatever it quotes', async () => {
  expect(await written(fail(new OperatingError('x', 'a\nb')))).toBe('a\\u000ab\n');
});
