// What time it certainly is, for deleting by age: told by running, rows and peers, not by a clock.

import { describe, expect, it } from 'vitest';
import {
  createTrustedTime,
  type Proof,
  type Verdict,
} from '../../../node/storage/retention/trusted-time.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const RETENTION_MS = 7 * DAY_MS;
/** The true time at which each story begins. */
const THEN_MS = Date.UTC(2026, 0, 5, 12);

/** A machine: true time passes, and its clock is off by as much as it is told. */
function createMachine(proof: Proof = { provenMs: THEN_MS }) {
  let trueMs = THEN_MS;
  let monotonicMs = 0;
  let offMs = 0;
  let skewMs: number | undefined;
  const state = () => ({ wallMs: trueMs + offMs, monotonicMs, skewMs });
  const trusted = createTrustedTime(RETENTION_MS, proof, state());
  const look = (): Verdict => trusted.look(state());
  return {
    look,
    /** How far the trusted time is ahead of the true one. */
    aheadMs: (): number => look().nowMs - trueMs,
    /** The clock is set. */
    set(newOffMs: number): void {
      offMs = newOffMs;
    },
    /** Peers whose clocks are right, or off too. */
    meet(peersOffMs: number): void {
      skewMs = peersOffMs - offMs;
    },
    leave(): void {
      skewMs = undefined;
    },
    /** It runs for so long and looks each minute, as a store does. */
    run(forMs: number): Verdict {
      for (let passedMs = 0; passedMs < forMs; passedMs += 60_000) {
        trueMs += 60_000;
        monotonicMs += 60_000;
        look();
      }
      return look();
    },
    /** It stands still meanwhile: off, or suspended. */
    sleep(forMs: number): void {
      trueMs += forMs;
    },
    proof: trusted.proof,
  };
}

describe('a clock that goes right', () => {
  it('is believed, after a night off too', () => {
    const machine = createMachine();
    expect(machine.run(DAY_MS)).toEqual({ nowMs: THEN_MS + DAY_MS });
    machine.sleep(10 * HOUR_MS);
    expect(machine.look()).toEqual({ nowMs: THEN_MS + DAY_MS + 10 * HOUR_MS });
  });

  it('that is slewed by a second now and then is believed', () => {
    const machine = createMachine();
    for (let day = 0; day < 30; day += 1) {
      machine.set((day % 3) * 1_000);
      machine.run(DAY_MS);
    }
    expect(machine.look().doubt).toBeUndefined();
    expect(Math.abs(machine.aheadMs())).toBeLessThanOrEqual(2_000);
  });
});

describe('a clock that is 30 days ahead', () => {
  it('is not believed by a machine that has no peers: time goes on from the newest row', () => {
    const machine = createMachine();
    machine.set(30 * DAY_MS);
    expect(machine.look()).toEqual({ nowMs: THEN_MS, doubt: 'gap' });
    machine.run(3 * DAY_MS);
    expect(machine.look()).toEqual({ nowMs: THEN_MS + 3 * DAY_MS, doubt: 'gap' });
    machine.set(0);
    expect(machine.look()).toEqual({ nowMs: THEN_MS + 3 * DAY_MS });
  });

  it('is not believed after a restart either, whatever it stamped meanwhile', () => {
    const first = createMachine();
    first.set(30 * DAY_MS);
    first.run(HOUR_MS);
    const second = createMachine(first.proof());
    second.set(30 * DAY_MS);
    expect(second.look()).toEqual({ nowMs: THEN_MS + HOUR_MS, doubt: 'gap' });
  });

  it('is told by peers whose clocks are right, and rows go by their time', () => {
    const machine = createMachine();
    machine.run(HOUR_MS);
    machine.set(30 * DAY_MS);
    machine.meet(0);
    machine.run(20 * DAY_MS);
    expect(machine.look().doubt).toBe('peers');
    expect(machine.aheadMs()).toBe(0);
  });

  it('all at once with its peers, as on one host, is believed after an hour, no sooner', () => {
    const machine = createMachine();
    machine.set(30 * DAY_MS);
    machine.meet(30 * DAY_MS);
    machine.run(HOUR_MS - 60_000);
    expect(machine.look().doubt).toBe('gap');
    machine.run(120_000);
    expect(machine.look().doubt).toBeUndefined();
  });

  it('for longer than the retention costs only what is older by running time', () => {
    const machine = createMachine();
    machine.set(30 * DAY_MS);
    machine.run(RETENTION_MS - HOUR_MS);
    expect(machine.look().doubt).toBe('gap');
    machine.run(2 * HOUR_MS);
    expect(machine.look().doubt).toBeUndefined();
  });
});

describe('a machine that was off for 30 days', () => {
  it('believes its clock once its peers have agreed for an hour', () => {
    const machine = createMachine();
    machine.sleep(30 * DAY_MS);
    machine.meet(0);
    expect(machine.look()).toEqual({ nowMs: THEN_MS, doubt: 'gap' });
    expect(machine.run(HOUR_MS + 60_000)).toEqual({
      nowMs: THEN_MS + 30 * DAY_MS + HOUR_MS + 60_000,
    });
  });

  it('and has no peers believes it after it has run for the retention', () => {
    const machine = createMachine();
    machine.sleep(30 * DAY_MS);
    machine.run(RETENTION_MS + HOUR_MS);
    expect(machine.aheadMs()).toBe(0);
    expect(machine.look().doubt).toBeUndefined();
  });
});

describe('a clock that is behind', () => {
  it('deletes nothing too early, and is no doubt', () => {
    const machine = createMachine();
    machine.set(-30 * DAY_MS);
    expect(machine.look()).toEqual({ nowMs: THEN_MS - 30 * DAY_MS });
  });

  it('for half a minute, as at a start without a battery, leaves no doubt behind', () => {
    const machine = createMachine();
    machine.run(HOUR_MS);
    machine.set(-THEN_MS);
    machine.run(60_000);
    machine.set(0);
    expect(machine.run(60_000).doubt).toBeUndefined();
    expect(machine.aheadMs()).toBe(0);
  });

  it('for an hour is believed, so that a later jump ahead is not', () => {
    const machine = createMachine();
    machine.set(30 * DAY_MS);
    machine.run(RETENTION_MS + HOUR_MS);
    machine.set(0);
    machine.run(2 * HOUR_MS);
    machine.set(30 * DAY_MS);
    expect(machine.look().doubt).toBe('gap');
    expect(machine.aheadMs()).toBe(0);
  });
});
