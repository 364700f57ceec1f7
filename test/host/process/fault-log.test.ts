import { describe, expect, it } from 'vitest';
import { createFaultLog } from '../../../node/host/process/fault-log.ts';

function logged() {
  const lines: string[] = [];
  const clock = { now: 0, monotonicMs: () => clock.now };
  const report = createFaultLog(clock, (level, sentence) => lines.push(`${level} ${sentence}`));
  return { lines, clock, report };
}

/** Always thrown at the same place. */
const fault = (message: string): Error => new TypeError(message);

describe('a fault of the program', () => {
  it('is logged once, and while it repeats once a minute with a count', () => {
    const { lines, clock, report } = logged();
    for (let i = 0; i < 300; i++) {
      report(fault(`of request ${i}`), 'GET /');
      clock.now += 1_000;
    }
    expect(lines).toHaveLength(5);
    expect(lines[0]).toMatch(/^error A fault in GET \/; please report it: TypeError: of request 0/);
    expect(lines[1]).toContain('A fault in GET / (and 59 more in the 60 s before); please report');
  });

  it('of another place is logged beside it', () => {
    const { lines, report } = logged();
    report(fault('one'), 'GET /');
    report(new RangeError('two'), 'GET /state');
    expect(lines).toHaveLength(2);
  });

  it('fills no memory and no log with faults that all differ', () => {
    const { lines, report } = logged();
    for (let i = 0; i < 1_000; i++) report(`fault ${i}`, 'GET /');
    expect(lines.length).toBeLessThanOrEqual(33);
  });
});
