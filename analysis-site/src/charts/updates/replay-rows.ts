// The update that the replay shows, with a row for every node that it reached or missed.

import type { UpdateRow } from '../../../../node/storage/results/rows.ts';
import type { ExperimentData } from '../figure.ts';
import { byRun, finished, groupBy, isNumber } from '../statistics/data.ts';

/** A node of the update that is drawn, and from whom it came there. */
export type ReplayRow = {
  readonly node: string;
  readonly from: string;
  /** Null: the update never came. */
  readonly afterMs: number | null;
  readonly round: number | null;
  readonly metric: string;
  readonly priority: number;
  readonly copies: number;
  readonly owner: string;
};

/** More nodes than that would be a cloud, and a heavy page. */
const MOST_NODES = 250;
interface Spread {
  readonly update: UpdateRow;
  readonly told: ExperimentData['rows']['spreads'];
}

export function replayRows(data: ExperimentData): ReplayRow[] {
  const chosen = choose(data);
  if (chosen === undefined) return [];
  const { update, told } = chosen;
  const { metric, priority, copies, owner } = update;
  const about = { metric, priority, copies, owner };
  const reached = told
    .filter(({ node, afterMs, round }) => {
      return node !== owner && isNumber(afterMs) && isNumber(round);
    })
    .map(({ node, from, afterMs, round }) => ({ node, from, afterMs, round, ...about }));
  const known = new Set([owner, ...reached.map(({ node }) => node)]);
  const lost = (byRun(data, 'nodes').get(update.runId) ?? [])
    .filter(({ node, killedAtMs }) => !known.has(node) && killedAtMs === null)
    .map(({ node }) => ({ node, from: '', afterMs: null, round: null, ...about }));
  const start = { node: owner, from: owner, afterMs: 0, round: 0, ...about };
  return [start, ...reached, ...lost];
}

/**
 * Of the spreads that fit into a picture the one that went itself to most nodes, for a newer value
 * may overtake it; of these the one that reached most, with the longest way.
 */
function choose(data: ExperimentData): Spread | undefined {
  const ids = new Set(finished(data).map(({ id }) => id));
  const key = (runId: number, update: number): string => `${runId} ${update}`;
  const updates = new Map(data.rows.updates.map((row) => [key(row.runId, row.number), row]));
  const spreads = groupBy(
    data.rows.spreads.filter(({ runId }) => ids.has(runId)),
    ({ runId, update }) => key(runId, update),
  );
  const candidates = [...spreads].flatMap(([name, told]): Spread[] => {
    const update = updates.get(name);
    if (update === undefined || told.length > MOST_NODES) return [];
    return isNumber(update.priority) && isNumber(update.copies) ? [{ update, told }] : [];
  });
  const rounds = ({ told }: Spread): number => told.reduce((n, { round }) => Math.max(n, round), 0);
  const itself = ({ told, update }: Spread): number => Math.min(told.length - 1, update.copies);
  return candidates.sort(
    (a, b) => itself(b) - itself(a) || b.told.length - a.told.length || rounds(b) - rounds(a),
  )[0];
}
