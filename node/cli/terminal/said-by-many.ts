// Lines that nodes of one cluster log at about the same time: what many of them say, such as one
// death or a disk that none of them can measure, is told once, with how many said it.

import type { Clock } from '../../ports.ts';

export interface Told {
  readonly line: string;
  /** Nodes that said it, where it was more than one. */
  readonly nodes: number;
}

export interface SaidByMany {
  /** `nodes`: how many there are, this one included; when all have spoken, nobody is waited for. */
  hear(line: string, nodes: number): void;
  /** Tells what is still held back. */
  flush(): void;
}

/** As `host/process/log.ts` writes them. Errors are told at once: often a node ends with one. */
const LOGGED = /^\S+ (?:warn|info|debug) (\S+): (.*)$/s;
/** Others are waited for so long after the last who said it; in all no longer than the most. */
const QUIET_MS = 1_000;
const MOST_MS = 5_000;
/** Sentences held back at once; beyond that they are told as they come. */
const MAX_HELD = 64;
/** A slow start spreads: who says what was told, and so long after the last who did, is late. */
const LATE_MS = 60_000;
/** Sentences of which it is remembered that they were told. */
const MAX_REMEMBERED = 256;

interface Held {
  readonly line: string;
  readonly sentence: string;
  readonly speakers: Set<string>;
  readonly until: number;
  cancel(): void;
}

export function createSaidByMany(
  tell: (told: Told) => void,
  clock: Pick<Clock, 'monotonicMs' | 'after'>,
): SaidByMany {
  const held = new Map<string, Held>();
  const latecomers = createLatecomers(clock);
  const release = ({ line, sentence, speakers, cancel }: Held): void => {
    if (!held.delete(sentence)) return;
    cancel();
    latecomers.remember(sentence, speakers);
    const nodes = speakers.size;
    tell(nodes === 1 ? { line, nodes } : { line: `${sentence} (seen by ${nodes} nodes)`, nodes });
  };
  const wait = (one: Held): void => {
    one.cancel();
    const leftMs = one.until - clock.monotonicMs();
    one.cancel = clock.after(Math.max(0, Math.min(QUIET_MS, leftMs)), () => release(one));
  };
  const hold = (line: string, sentence: string): Held => {
    const until = clock.monotonicMs() + MOST_MS;
    const one = { line, sentence, speakers: new Set<string>(), until, cancel: () => {} };
    held.set(sentence, one);
    return one;
  };
  return {
    hear(line, nodes) {
      const [, speaker = '', sentence = ''] = LOGGED.exec(line) ?? [];
      const known = held.get(sentence);
      if (known === undefined && latecomers.say(sentence, speaker)) return;
      if (speaker === '' || (known === undefined && held.size >= MAX_HELD)) {
        return tell({ line, nodes: 1 });
      }
      const one = known ?? hold(line, sentence);
      one.speakers.add(speaker);
      if (one.speakers.size >= nodes) release(one);
      else wait(one);
    },
    flush() {
      for (const one of [...held.values()]) release(one);
    },
  };
}

/** Those that say what was told already. Who says it again means another time. */
function createLatecomers({ monotonicMs }: Pick<Clock, 'monotonicMs'>) {
  // In the order of the last who said it.
  const told = new Map<string, { readonly speakers: Set<string>; readonly at: number }>();
  const remember = (sentence: string, speakers: Set<string>): void => {
    told.delete(sentence);
    told.set(sentence, { speakers, at: monotonicMs() });
    const [oldest] = told.keys();
    if (told.size > MAX_REMEMBERED && oldest !== undefined) told.delete(oldest);
  };
  return {
    remember,
    /** True when that is all it says. */
    say(sentence: string, speaker: string): boolean {
      const before = told.get(sentence);
      if (before === undefined) return false;
      const isLate = monotonicMs() - before.at < LATE_MS && !before.speakers.has(speaker);
      if (isLate) remember(sentence, before.speakers.add(speaker));
      else told.delete(sentence);
      return isLate;
    },
  };
}
