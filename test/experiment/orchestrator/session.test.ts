// One experiment at a time, told to all who watch.

import { describe, expect, it } from 'vitest';
import { OperatingError } from '../../../node/errors.ts';
import type { News } from '../../../node/experiment/orchestrator/session.ts';
import { EXPERIMENT, fakeSession, progressOf } from './support.ts';

describe('a session', () => {
  it('is idle before, running meanwhile, and idle with all that was said after', async () => {
    const { session, opened } = fakeSession();
    expect(session.status()).toMatchObject({ state: 'idle', file: '', lines: [] });
    await session.start('quick', false);
    expect(session.status()).toMatchObject({ state: 'running', file: 'quick' });
    opened[0]?.tell(EXPERIMENT);
    opened[0]?.tell(progressOf(0.5));
    expect(session.status()).toMatchObject({ experiment: 7, share: 0.5, progress: 'at 0.5' });
    opened[0]?.end({ state: 'done', done: 3, failed: 1 });
    await expect
      .poll(() => session.status())
      .toMatchObject({
        ...{ state: 'idle', file: 'quick', share: 1, progress: 'done: 3 runs, 1 failed' },
        lines: ['experiment'],
      });
  });

  it('starts no second one beside the first, not even while it opens', async () => {
    const { session } = fakeSession();
    const first = session.start('quick', false);
    await expect(session.start('scale', false)).rejects.toMatchObject({ code: 'running' });
    await first;
    await expect(session.start('scale', false)).rejects.toThrow('quick is running; /stop ends it.');
  });

  it('stops what runs, and says when it has ended', async () => {
    const { session, opened } = fakeSession();
    await expect(session.stop()).rejects.toMatchObject({ code: 'not_running' });
    await session.start('quick', true);
    expect(opened[0]?.resume).toBe(true);
    const stopping = session.stop();
    expect(session.status().state).toBe('stopping');
    await stopping;
    expect(session.status()).toMatchObject({ state: 'idle', progress: 'stopped: 0 runs' });
    await session.start('quick', true);
    expect(opened).toHaveLength(2);
    await session.close();
    expect(opened[1]?.signal.aborted).toBe(true);
  });

  it('says what could not be started, and can start another', async () => {
    const { session } = fakeSession();
    await expect(session.start('broken', false)).rejects.toThrow('broken cannot be read.');
    expect(session.status()).toMatchObject({ state: 'idle', lines: ['broken cannot be read.'] });
    await session.start('quick', false);
  });

  it('says what ended it', async () => {
    const { session, opened } = fakeSession();
    await session.start('quick', false);
    opened[0]?.fail(new OperatingError('full', 'The disk is full.'));
    await expect
      .poll(() => session.status())
      .toMatchObject({
        ...{ state: 'idle', progress: 'failed', lines: ['The disk is full.'] },
      });
  });

  it('tells progress four times a second at most, and keeps the last dozen lines', async () => {
    const { session, opened, clock } = fakeSession();
    const told: News[] = [];
    const unwatch = session.watch((news) => told.push(news));
    await session.start('quick', false);
    const before = told.length;
    for (let i = 0; i < 100; i++) {
      opened[0]?.tell(progressOf(i / 100));
      clock.now += 10;
    }
    expect(told.length - before).toBe(4);
    for (let i = 0; i < 30; i++) opened[0]?.tell({ type: 'line', line: `line ${i}` });
    expect(session.status().lines).toHaveLength(12);
    expect(session.status().lines.at(-1)).toBe('line 29');
    unwatch();
    const all = told.length;
    opened[0]?.tell({ type: 'line', line: 'unheard' });
    expect(told).toHaveLength(all);
  });
});
