// Nodes of an experiment are called n1, n2, …; measures count them from 0.

const LETTER_N = 110;
const DIGIT_0 = 48;

export const nodeName = (index: number): string => `n${index + 1}`;

/** -1 for a name that no node of an experiment has. Asked millions of times a run: no pattern. */
export function nodeIndex(id: string): number {
  if (id.charCodeAt(0) !== LETTER_N) return -1;
  let number = 0;
  for (let i = 1; i < id.length; i++) {
    const digit = id.charCodeAt(i) - DIGIT_0;
    if (digit < 0 || digit > 9 || (digit === 0 && i === 1)) return -1;
    number = number * 10 + digit;
  }
  return number - 1;
}
