// What the log says of probes that cannot measure, or not as they should.

import { describe, expect, it } from 'vitest';
import { watchProbes } from '../../../node/host/process/probe-watch.ts';
import type { ProbeRun } from '../../../node/ports.ts';
import { createWorld } from '../../driver/support.ts';

function setUp() {
  const { clock } = createWorld();
  const runs: ProbeRun[] = [];
  const lines: string[] = [];
  const log = (level: string, sentence: string) => void lines.push(`${level}: ${sentence}`);
  const watch = watchProbes({ runs: () => runs }, clock, log);
  /** One look at probes that say this. */
  const look = async (...said: (Partial<ProbeRun> & { probe: string })[]) => {
    runs.splice(
      0,
      runs.length,
      ...said.map((run) => ({ outcome: 'ok', durationMs: 1, ...run }) as const),
    );
    await clock.advance(5_000);
  };
  return { look, lines, watch };
}

const closed = { probe: 'storage', remarks: ['/data cannot be asked (EACCES)'] };
const hung = (ms: number) =>
  ({ probe: 'load', outcome: 'failed', problem: `load has been running for ${ms} ms` }) as const;

describe('what probes have to say', () => {
  it('is logged when it begins and when it is over, however long it lasts', async () => {
    const { look, lines } = setUp();
    for (let times = 0; times < 50; times++) await look(closed);
    expect(lines).toEqual(['warn: Probe storage: /data cannot be asked (EACCES)']);
    for (let times = 0; times < 50; times++) await look({ probe: 'storage' });
    expect(lines.slice(1)).toEqual([
      'info: It is over: Probe storage: /data cannot be asked (EACCES)',
    ]);
    await look(closed);
    expect(lines).toHaveLength(3);
  });

  it('fills no log by coming and going, nor by other words for one failure', async () => {
    const { look, lines } = setUp();
    for (let times = 0; times < 50; times++) {
      await look(...(times % 2 === 0 ? [closed] : []), hung(1_000 * times));
    }
    expect(lines).toEqual([
      'warn: Probe storage: /data cannot be asked (EACCES)',
      'warn: Probe load failed: load has been running for 0 ms',
    ]);
  });

  it('is bounded, and ends with the node', async () => {
    const { look, lines, watch } = setUp();
    const remarks = Array.from({ length: 300 }, (_, index) => `/disk${index} is closed`);
    await look({ probe: 'storage', remarks });
    expect(lines).toHaveLength(64);
    await watch.close();
    await look({ probe: 'memory', remarks: ['one more'] });
    expect(lines).toHaveLength(64);
  });
});
