// How one update spread over the nodes, round by round: rings are rounds, a line leads from teller
// to told.

import type { Markish, PlotOptions } from '@observablehq/plot';
import * as Plot from '@observablehq/plot';
import { counted, number, quantity } from '../drawing/format.ts';
import { stepColor } from '../drawing/palette.ts';
import type { Figure, SeriesStyle, View } from '../figure.ts';
import { emptyBecause } from '../statistics/data.ts';
import { type ReplayRow, replayRows } from './replay-rows.ts';
import { type Place, places } from './replay-tree.ts';

/** Room for a name beyond the outermost ring, px. */
const MARGIN = 28;
/** Up to so many nodes have room for their names. */
const NAMED_NODES = 26;

export const replay: Figure<ReplayRow> = {
  id: 'replay',
  title: 'How one update spread',
  needs: ['spreads', 'updates', 'nodes'],
  columns: [
    { key: 'node', title: 'node', unit: '' },
    { key: 'from', title: 'told by', unit: '' },
    { key: 'afterMs', title: 'after', unit: 'ms' },
    { key: 'round', title: 'round', unit: '' },
    { key: 'metric', title: 'metric', unit: '' },
    { key: 'priority', title: 'priority', unit: '' },
    { key: 'copies', title: 'copies in all', unit: '' },
    { key: 'owner', title: 'owner', unit: '' },
  ],
  options: {},
  rows: replayRows,
  caption,
  legend,
  plot,
  emptySentence: (data) => emptyBecause(data, 'kept no way of an update'),
  steps: (all) => (all.length === 0 ? 0 : lastRound(all) + 1),
};

const lastRound = (all: readonly ReplayRow[]): number =>
  all.reduce((last, { round }) => Math.max(last, round ?? 0), 0);

/** The rounds with their colours: a ring's place says the same. */
function legend(all: readonly ReplayRow[]): SeriesStyle[] {
  if (all.length === 0) return [];
  return Array.from({ length: lastRound(all) + 1 }, (_, round) => ({
    name: `round ${round}`,
    color: stepColor(round),
    dash: '',
    symbol: 'circle',
  }));
}

type Placed = ReplayRow & Place & { readonly fromX: number; readonly fromY: number };

function plot(all: readonly ReplayRow[], view: View): PlotOptions {
  const owner = all[0]?.owner ?? '';
  const told = all.map(({ node, from, afterMs, round }) => {
    return { node, from, afterMs: afterMs ?? 0, round: round ?? -1 };
  });
  const at = places(told, owner);
  const middle = { x: 0, y: 0 };
  const placed: Placed[] = all.map((row) => {
    const from = at.get(row.from) ?? middle;
    return { ...row, ...(at.get(row.node) ?? middle), fromX: from.x, fromY: from.y };
  });
  const isTold = ({ round, node }: Placed): boolean =>
    node === owner || (round !== null && round <= (view.step ?? Number.POSITIVE_INFINITY));
  const side = Math.min(view.width, 560);
  const sideways = (view.width - side) / 2;
  return {
    width: view.width,
    height: side,
    marginTop: MARGIN,
    marginBottom: MARGIN,
    marginLeft: MARGIN + sideways,
    marginRight: MARGIN + sideways,
    x: { axis: null, domain: [-1, 1] },
    y: { axis: null, domain: [-1, 1] },
    marks: [...rings(all, side / 2 - MARGIN), ...marksOf(placed, isTold, owner)],
  };
}

/** Faint circles, one a round: what stands on one came in the same round. */
function rings(all: readonly ReplayRow[], radius: number): Markish[] {
  const isLost = all.some(({ round }) => round === null);
  const count = lastRound(all) + 1;
  return Array.from({ length: count }, (_, round) =>
    Plot.dot([{ x: 0, y: 0 }], {
      x: 'x',
      y: 'y',
      r: (radius * (round + 1)) / (count + (isLost ? 1 : 0)),
      stroke: 'currentColor',
      strokeOpacity: 0.12,
      strokeWidth: 1,
    }),
  );
}

function marksOf(
  placed: readonly Placed[],
  isTold: (row: Placed) => boolean,
  owner: string,
): Markish[] {
  const color = ({ round }: Placed): string => stepColor(round ?? 0);
  const told = placed.filter(isTold);
  const radius = placed.length > 100 ? 4 : 6;
  const place = { x: 'x', y: 'y' } as const;
  const marks: Markish[] = [
    Plot.link(
      told.filter(({ node }) => node !== owner),
      { x1: 'fromX', y1: 'fromY', x2: 'x', y2: 'y', stroke: color, strokeOpacity: 0.6 },
    ),
    // Hollow: not yet, or never.
    Plot.dot(
      placed.filter((row) => !isTold(row)),
      { ...place, r: radius, stroke: 'currentColor', strokeOpacity: 0.4 },
    ),
    Plot.dot(told, { ...place, r: radius, fill: color }),
    Plot.dot(
      placed.filter(({ node }) => node === owner),
      { ...place, r: radius + 4, stroke: 'currentColor', strokeWidth: 2 },
    ),
    Plot.tip(
      placed,
      Plot.pointer({
        ...place,
        fontSize: 12,
        lineHeight: 1.25,
        title: tipOf,
      }),
    ),
  ];
  if (placed.length > NAMED_NODES) return marks;
  return [...marks, Plot.text(placed, { ...place, text: 'node', dy: -13, dx: 0 })];
}

function caption(all: readonly ReplayRow[]): string {
  const [first] = all;
  if (first === undefined) return '';
  const { owner, metric, priority, copies } = first;
  const told = all.filter(({ afterMs }) => afterMs !== null);
  const last = told.reduce((most, { afterMs }) => Math.max(most, afterMs ?? 0), 0);
  // Fewer copies than nodes: some got a newer value instead, which made this one needless.
  const newer = copies < told.length - 1 ? ', or a newer value in its place,' : '';
  return (
    `One change of ${metric} (priority ${priority}) on ${owner}${newer} reached ` +
    `${number(told.length)} of ${counted(all.length, 'node')}, itself included, in ` +
    `${quantity(last, 'ms')}, round ${lastRound(all)}, with ${counted(copies, 'copy', 'copies')}.`
  );
}

function tipOf({ node, from, afterMs, owner }: Placed): string {
  if (afterMs === null) return `${node}: never`;
  return node === owner ? `${node}, the owner` : `${node}, by ${from}\n${quantity(afterMs, 'ms')}`;
}
