// All processes of a run: loaded a few at a time, watched, and ended whatever happens.

import { OperatingError } from '../../errors.ts';
import { nodeName } from '../measures/names.ts';
import { type NodeProcess, openProcess, type ProcessOptions } from './process.ts';

export interface ProcessPool {
  /** Loads a process for this node, in its turn, or takes the spare one; it waits for `go`. */
  open(index: number): Promise<void>;
  /** Loads another one for later: a machine busy with loading could not measure a return. */
  prepare(index: number): Promise<void>;
  /** The newest process of each node. */
  readonly processes: ReadonlyMap<number, NodeProcess>;
  /** It stands still, and its siblings know whom to end should this process be killed. */
  freeze(index: number): void;
  /** Throws when one of them ended by itself. */
  check(): void;
  /** Resolves when none is left, those that still load included. */
  end(): Promise<void>;
}

/** Processes that load their code at once: more than cores only take turns. */
const LOADING_TOGETHER = 4;

export function createProcessPool(
  signal: AbortSignal,
  options: (index: number) => Pick<ProcessOptions, 'onSeen' | 'onLine'>,
): ProcessPool {
  const processes = new Map<number, NodeProcess>();
  const spares = new Map<number, NodeProcess>();
  const opening = new Set<Promise<NodeProcess>>();
  const inTurn = createTurns(LOADING_TOGETHER);
  const ending = new AbortController();
  const ended = AbortSignal.any([signal, ending.signal]);
  let lost: string | undefined;
  let hasFrozen = false;

  async function load(index: number): Promise<NodeProcess> {
    if (ended.aborted) throw new OperatingError('stopped', 'The run was stopped.');
    const id = nodeName(index);
    const onLost = (reason: string): void => {
      lost ??= `${id} ended by itself: ${reason}.`;
    };
    return openProcess({ ...options(index), id, onLost, signal: ended });
  }

  async function loadInTurn(index: number): Promise<NodeProcess> {
    const attempt = inTurn(() => load(index));
    opening.add(attempt);
    return attempt.finally(() => opening.delete(attempt));
  }

  function tellFrozen(): void {
    const all = [...processes.values()];
    const pids = all.flatMap((process) => process.frozenPid() ?? []);
    if (pids.length > 0 || hasFrozen) for (const one of all) one.tell({ type: 'frozen', pids });
    hasFrozen = pids.length > 0;
  }

  return {
    processes,
    async open(index) {
      const spare = spares.get(index);
      spares.delete(index);
      processes.set(index, spare ?? (await loadInTurn(index)));
      tellFrozen();
    },
    async prepare(index) {
      spares.set(index, await loadInTurn(index));
    },
    freeze(index) {
      processes.get(index)?.freeze();
      tellFrozen();
    },
    check() {
      if (lost !== undefined) throw new OperatingError('node_ended', lost);
    },
    async end() {
      ending.abort();
      await Promise.allSettled(opening);
      const all = [...processes.values(), ...spares.values()];
      await Promise.all(all.map((process) => process.kill()));
    },
  };
}

/** So many at once; the others wait, first come first served. */
function createTurns(count: number) {
  const waiting: (() => void)[] = [];
  let free = count;
  return async <T>(work: () => Promise<T>): Promise<T> => {
    if (free > 0) free--;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next === undefined) free++;
      else next();
    }
  };
}
