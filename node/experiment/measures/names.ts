// Nodes of an experiment are called n1, n2, …; measures count them from 0.

export const nodeName = (index: number): string => `n${index + 1}`;

/** -1 for a name that no node of an experiment has. */
export function nodeIndex(id: string): number {
  const number = /^n([1-9]\d*)$/.exec(id)?.[1];
  return number === undefined ? -1 : Number(number) - 1;
}
