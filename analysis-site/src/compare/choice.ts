// What the reader compares, and how the page's address says it.

export type Grain = 'points' | 'runs';

export interface CompareChoice {
  readonly grain: Grain;
  /** Names of items, in the order of the columns. */
  readonly picked: readonly string[];
  /** What the others are told as a multiple of; absent: the first. */
  readonly baseline?: string;
}

/** More columns than this cannot be read side by side. */
export const MOST_PICKED = 8;

/** `?show=runs&pick=1.0,1.4&base=1.0`; what does not exist, or not as a point, is left out. */
export function readChoice(
  query: string,
  isKnown: (name: string, grain: Grain) => boolean,
): CompareChoice {
  const parameters = new URLSearchParams(query);
  const grain = parameters.get('show') === 'runs' ? 'runs' : 'points';
  const names = (parameters.get('pick') ?? '').split(',');
  const picked = names.filter((name) => isKnown(name, grain));
  const baseline = parameters.get('base');
  return {
    grain,
    picked: [...new Set(picked)].slice(0, MOST_PICKED),
    ...(baseline !== null && picked.includes(baseline) && { baseline }),
  };
}

export function writeChoice({ grain, picked, baseline }: CompareChoice): string {
  const parts = [
    ...(grain === 'runs' ? ['show=runs'] : []),
    ...(picked.length > 0 ? [`pick=${picked.join(',')}`] : []),
    ...(baseline === undefined ? [] : [`base=${baseline}`]),
  ];
  return parts.length === 0 ? '' : `?${parts.join('&')}`;
}
