// Runs of real nodes in one process: what is done to them has its effect. They mostly wait, so they
// wait together, and with the runs of emulated.test.ts.

import { describe, expect, it } from 'vitest';
import { openInProcess } from '../../../node/experiment/runs/in-process.ts';
import type { RunOutcome } from '../../../node/experiment/runs/perform.ts';
import { freeBasePort, hold } from '../../e2e/support/ports.ts';
import {
  expectOf,
  killedIn,
  MOST_NODES,
  PORT_TAKEN,
  runReal,
  scalar,
  specOf,
  stageOptions,
} from './support.ts';

const suspicionsIn = ({ rows }: RunOutcome) =>
  rows.membershipEvents?.filter(({ status }) => status === 'suspect') ?? [];

export const describeInProcess = (): void =>
  void describe.concurrent('nodes in one process', { timeout: 180_000 }, () => {
    const MODE = { mode: 'in-process' } as const;

    it('know all, and are measured', async () => {
      const done = await runReal({ ...MODE, measure: '2s' });
      for (const table of ['nodes', 'rounds', 'transmissions', 'measures', 'samples'] as const) {
        expect(done.rows[table]?.length, table).toBeGreaterThan(0);
      }
      expect(scalar(done, 'full_view_ms')).toBeGreaterThan(0);
      expect(done.rows.nodes?.every(({ sentBytes, cpuMs }) => sentBytes > 0 && !cpuMs)).toBe(true);
    });

    it('cannot know all before messages have gone there and back', async () => {
      const done = await runReal({ ...MODE, delay: '300ms..300ms', measure: '0' });
      expect(scalar(done, 'full_view_ms')).toBeGreaterThanOrEqual(600);
    });

    it('know little when nine of ten messages are lost', async () => {
      const done = await runReal({ ...MODE, loss: '0.9', converge_within: '1s', measure: '0' });
      expect(scalar(done, 'full_view_ms')).toBeNull();
    });

    it('notice that others fell silent, and that they came back', async () => {
      const failure = { 'failure.rate': '0.4', 'failure.at': '1s', 'failure.how': 'vanish' };
      const flags = { ...MODE, ...failure, 'failure.restart_after': '7s', measure: '12s' };
      await expectOf(
        () => runReal(flags),
        (done) => {
          // Nothing refuses: an exchange has to time out first.
          expect(scalar(done, 'detection_first_ms')).toBeGreaterThan(700);
          expect(scalar(done, 'recovery_ms')).toBeGreaterThan(0);
          const returned = killedIn(done).map(({ restartedAtMs }) => restartedAtMs !== null);
          expect(returned).toEqual([true, true]);
        },
      );
    });

    it('suspect one another across a partition, which is no false death, and heal', async () => {
      const partition = { 'partition.share': '0.4', 'partition.at': '1s', 'partition.for': '6s' };
      await expectOf(
        () => runReal({ ...MODE, ...partition, measure: '12s' }),
        (done) => {
          expect(suspicionsIn(done).length).toBeGreaterThan(0);
          expect(scalar(done, 'false_deaths')).toBe(0);
          expect(scalar(done, 'recovery_ms')).toBeGreaterThan(0);
        },
      );
    });

    it('leave no port taken behind when a run ends while one of them comes back', async () => {
      const base = await freeBasePort(MOST_NODES);
      const spec = specOf({ ...MODE, nodes: '3', base_port: String(base) });
      const stage = await openInProcess(stageOptions(spec));
      await stage.start();
      await stage.kill([1], 'crash');
      const back = stage.restart(1, () => {});
      await stage.close();
      await back;
      for (const port of [1, 2, 3]) {
        const holder = await hold(base + port);
        await new Promise((resolve) => holder.close(resolve));
      }
    });

    it('leave no port taken behind when one of them could not start', async () => {
      const base = await freeBasePort(MOST_NODES);
      const holder = await hold(base + 3);
      const flags = { ...MODE, base_port: String(base), measure: '0' };
      await expect(runReal(flags)).rejects.toThrow(PORT_TAKEN);
      await new Promise((resolve) => holder.close(resolve));
      expect(scalar(await runReal(flags), 'full_view_ms')).toBeGreaterThan(0);
    });
  });
