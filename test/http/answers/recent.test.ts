import { describe, expect, it } from 'vitest';
import { createRecentAnswers } from '../../../node/http/answers/recent.ts';
import { fixture } from '../fixture.ts';

describe('recent answers', () => {
  /** Counts how often an answer is put together. */
  const counted = () => {
    const recent = createRecentAnswers();
    let made = 0;
    const ask = (question: string, revision: string, nowMs: number): number => {
      const held = recent.find(question, revision, nowMs);
      if (held !== undefined) return held.bytes[0] ?? 0;
      made++;
      const answer = { revision, madeAtMs: nowMs, bytes: Uint8Array.of(made), headers: {} };
      recent.keep(question, answer);
      return made;
    };
    return { ask };
  };

  it('are made once for all that ask the same within a tenth of a second', () => {
    const { ask } = counted();
    expect([ask('/state', 'a', 0), ask('/state', 'a', 99), ask('/state', 'a', 100)]).toEqual([
      1, 1, 2,
    ]);
  });

  it('are made anew as soon as anything was learned', () => {
    const { ask } = counted();
    expect([ask('/state', 'a', 0), ask('/state', 'b', 1)]).toEqual([1, 2]);
  });

  it('keep questions apart', () => {
    const { ask } = counted();
    expect([ask('/state', 'a', 0), ask('/state?node=n1', 'a', 0)]).toEqual([1, 2]);
  });

  it('are remembered for the 16 latest questions alone', () => {
    const { ask } = counted();
    for (let i = 1; i <= 17; i++) expect(ask(`/state?node=n${i}`, 'a', 0)).toBe(i);
    expect(ask('/state?node=n2', 'a', 0)).toBe(2);
    expect(ask('/state?node=n1', 'a', 0)).toBe(18);
  });

  it('are not remembered when they are long', () => {
    const recent = createRecentAnswers();
    const bytes = new Uint8Array(600_000);
    recent.keep('/state', { revision: 'a', madeAtMs: 0, bytes, headers: {} });
    expect(recent.find('/state', 'a', 0)).toBeUndefined();
  });

  it('serve GET /state: its `at` says when the answer was true', async () => {
    let nowMs = 1_000;
    const clock = { wallMs: () => nowMs, monotonicMs: () => nowMs, after: () => () => {} };
    const { app } = fixture({ clock });
    const at = async () => ((await (await app.request('/state')).json()) as { at: string }).at;
    expect(await at()).toBe('1970-01-01T00:00:01.000Z');
    nowMs = 1_050;
    expect(await at()).toBe('1970-01-01T00:00:01.000Z');
    nowMs = 1_100;
    expect(await at()).toBe('1970-01-01T00:00:01.100Z');
  });
});
