// Points in time as people and programs write them: understood, or refused with the reason.

import { describe, expect, it } from 'vitest';
import { readMoment, timeAfter, timeBefore } from '../../node/config/times.ts';
import { fixture, json, problemOf, WALL_MS } from '../http/fixture.ts';

describe('a written time', () => {
  it.each([
    ['2026-01-31T12:00:00Z', { atMs: WALL_MS }],
    ['2026-01-31T14:00:00+02:00', { atMs: WALL_MS }],
    ['2026-01-31T14:00:00 02:00', { atMs: WALL_MS }],
    ['2026-01-31', { atMs: WALL_MS - 43_200_000 }],
    [String(WALL_MS), { atMs: WALL_MS }],
    [WALL_MS, { atMs: WALL_MS }],
    [WALL_MS / 1_000, { atMs: WALL_MS }],
    ['1769860800.5', { atMs: WALL_MS + 500 }],
    ['0', { atMs: 0 }],
    ['1h', { spanMs: 3_600_000 }],
    ['1.5 h', { spanMs: 5_400_000 }],
    ['2w', { spanMs: 1_209_600_000 }],
    ['250ms', { spanMs: 250 }],
  ])('%j is understood', (written, expected) => {
    expect(readMoment(written)).toEqual(expected);
  });

  it.each([
    [
      'yesterday',
      /^must be a time \(2026-01-31T12:00:00Z, or seconds or ms since 1970\) or a span/,
    ],
    ['', /^must be a time/],
    ['+5', /^must be a time/],
    [90, /^must be seconds \(10 digits\) or ms \(13 digits\) since 1970, not 90$/],
    ['-1769860800', /^must be seconds \(10 digits\)/],
    ['17698608000', /^must be seconds \(10 digits\)/],
    ['2026-01-31T12:00:00', /^must say its zone, as in 2026-01-31T12:00:00Z, or an offset/],
    ['2026-02-31', /^must be a time between 1970 and 2286, not 2026-02-31$/],
  ])('%j is refused with the reason', (written, reason) => {
    expect(readMoment(written)).toEqual({ fault: expect.stringMatching(reason) });
  });

  it('takes a short number for seconds where a span is what is usual', () => {
    expect(readMoment(90, { takesSeconds: true })).toEqual({ spanMs: 90_000 });
    expect(readMoment('3600', { takesSeconds: true })).toEqual({ spanMs: 3_600_000 });
    expect(readMoment(WALL_MS / 1_000, { takesSeconds: true })).toEqual({ atMs: WALL_MS });
  });

  it('counts a span back or on from now', () => {
    const span = { spanMs: 60_000 };
    expect([timeBefore(span, WALL_MS), timeAfter(span, WALL_MS)]).toEqual([
      WALL_MS - 60_000,
      WALL_MS + 60_000,
    ]);
  });
});

describe('the same time means the same everywhere', () => {
  const forms = [
    ['2026-01-31T11:00:00Z', WALL_MS - 3_600_000],
    [WALL_MS - 3_600_000, WALL_MS - 3_600_000],
    [(WALL_MS - 3_600_000) / 1_000, WALL_MS - 3_600_000],
  ] as const;

  it.each(forms)('%s', async (written, atMs) => {
    const { app, records } = fixture();
    await app.request(`/history?from=${written}`);
    await app.request('/leave', json({ returnsAt: written }));
    await app.request('/leave', json({ returnsAt: String(written) }));
    expect(records.history[0]?.fromMs).toBe(atMs);
    expect(records.leaves.map(({ returnsAtWall }) => returnsAtWall)).toEqual([atMs, atMs]);
  });

  it('a span counts back for history and on for a return', async () => {
    const { app, records } = fixture();
    await app.request('/history?from=2h');
    await app.request('/leave', json({ returnsAt: '2h' }));
    expect(records.history[0]?.fromMs).toBe(WALL_MS - 7_200_000);
    expect(records.leaves[0]?.returnsAtWall).toBe(WALL_MS + 7_200_000);
  });

  it('a duration without a unit is in seconds, in parameters as in settings', async () => {
    const { app, records } = fixture();
    await app.request('/history?step=60');
    expect(records.history[0]?.stepMs).toBe(60_000);
    const { detail } = await problemOf(await app.request('/query?node=n1&quorum=1&timeout=4500'));
    expect(detail).toContain('`timeout` must be a duration from 100ms to 30s');
  });
});
