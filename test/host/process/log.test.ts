// A node's log: one line a happening, whoever wrote the words.

import { expect, it } from 'vitest';
import { createLog } from '../../../node/host/process/log.ts';

function logged(sentence: string): string {
  const lines: string[] = [];
  createLog('n1', 'info', (line) => lines.push(line))('warn', sentence);
  return lines.join('');
}

it.each([
  ['\u001b[2Jn2 is dead', '\\u001b[2Jn2 is dead'],
  ['n2 is \u202edaed', 'n2 is \\u202edaed'],
  ['n2\u20282026 info n1: all is well', 'n2\\u20282026 info n1: all is well'],
  ['n2 \ud800', 'n2 \\ud800'],
  ['Error: x\n    at a (b.ts:1)\n    at c', 'Error: x | at a (b.ts:1) | at c'],
])('%j never reaches it as it is', (sentence, shown) => {
  const line = logged(sentence);
  expect(line.endsWith(` warn n1: ${shown}\n`), line).toBe(true);
});
