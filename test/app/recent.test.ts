import { describe, expect, it } from 'vitest';
import { createRecentAnswers } from '../../node/http/recent.ts';
import { fixture } from './fixture.ts';

describe('recent answers', () => {
  /** Counts how often an answer is put together. */
  const counted = () => {
    const recent = createRecentAnswers();
    let made = 0;
    const ask = (question: string, revision: string, nowMs: number): unknown =>
      JSON.parse(new TextDecoder().decode(recent.of(question, revision, nowMs, () => ++made)));
    return { ask };
  };

  it('are made once for all who ask the same within a tenth of a second', () => {
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
