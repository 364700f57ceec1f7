import { describe, expect, test } from 'vitest';
import { readLines, scanLines } from '../../../node/probes/support/lines.ts';
import { createMachine } from '../machine.ts';

/** Lines of many lengths, some longer than what is read at once, of letters of several bytes. */
const LINES = Array.from(
  { length: 400 },
  (_, index) => `${index} ${'ä€😀'.repeat((index * 37) % 3_000)}`,
);

function createFile(text: string): string {
  const machine = createMachine();
  machine.write('proc/lines', text);
  return `${machine.roots.proc}/lines`;
}

describe('lines', () => {
  test('come whole, wherever a read ends, the last with or without its end', async () => {
    for (const end of ['\n', '']) {
      const path = createFile(LINES.join('\n') + end);
      const scanned: string[] = [];
      scanLines(path, (line) => void scanned.push(line));
      expect(scanned).toEqual(LINES);
      const read: string[] = [];
      const extent = await readLines(path, Infinity, (line) => void read.push(line));
      expect(read).toEqual(LINES);
      expect(extent).toEqual({ bytes: Buffer.byteLength(LINES.join('\n') + end), isCut: false });
    }
  });

  test('are read no further than they are wanted', () => {
    const scanned: string[] = [];
    scanLines(createFile('1\n2\n3\n4'), (line) => scanned.push(line) === 2);
    expect(scanned).toEqual(['1', '2']);
  });

  test('beyond a bound are not read, which is told', async () => {
    const read: string[] = [];
    const path = createFile('line\n'.repeat(100_000));
    const extent = await readLines(path, 100_000, (line) => void read.push(line));
    expect(extent?.isCut).toBe(true);
    expect(read.length).toBeGreaterThanOrEqual(20_000);
    expect(read.length).toBeLessThan(24_000);
  });

  test('of a file that is not there are none; of one that is closed are an error', async () => {
    const machine = createMachine();
    machine.close('proc/closed');
    const { proc } = machine.roots;
    const never = (): never => expect.unreachable();
    expect(await readLines(`${proc}/none`, 10, never)).toBeUndefined();
    scanLines(`${proc}/none`, never);
    const why = /closed cannot be read \(EISDIR\); look into the log/;
    await expect(readLines(`${proc}/closed`, 10, never)).rejects.toThrow(why);
    expect(() => scanLines(`${proc}/closed`, never)).toThrow(why);
  });
});
