// Colours, dashes and symbols: the same thing looks the same in every figure. The hues are told
// apart by colour-blind readers too (after Okabe and Ito), darkened or lightened for their ground.

import type { SeriesStyle } from '../figure.ts';

/** Name of a hue: its colour on a light and on a dark ground, contrast 3:1 at least. */
const HUES = {
  blue: ['#0068b0', '#5cb3f0'],
  vermilion: ['#c94f00', '#ff8a4d'],
  green: ['#00825d', '#2fc79b'],
  purple: ['#a8478a', '#e08fc4'],
  ochre: ['#946a00', '#e6b422'],
  grey: ['#5f6770', '#a9b2bc'],
  teal: ['#007a8a', '#4ccfe0'],
  wine: ['#8f1d2c', '#ff7a85'],
} as const;
type Hue = keyof typeof HUES;

/** From first to last round, from calm to urgent: equal steps of lightness. */
const STEPS = [
  ['#402a72', '#f3e26b'],
  ['#3a4f97', '#b5d94c'],
  ['#2c71a0', '#6bcd61'],
  ['#1d8f98', '#36bb80'],
  ['#1f9f7c', '#23a396'],
  ['#569f3c', '#3a89b3'],
  ['#8a9a1c', '#5a72bd'],
  ['#a88a00', '#8566c9'],
] as const;

export const hue = (name: Hue): string => `var(--chart-${name}, ${HUES[name][0]})`;

/** Colour of a step of a sequence; whatever is beyond the last looks like the last. */
export function stepColor(step: number): string {
  const index = Math.min(Math.max(0, Math.round(step)), STEPS.length - 1);
  return `var(--chart-step-${index}, ${STEPS[index]?.[0]})`;
}

/** For a page's style sheet: follows the page's `color-scheme`; tips get the page's ground. */
export function paletteCss(): string {
  const pairs = [
    ...Object.entries(HUES).map(([name, pair]) => [name, pair] as const),
    ...STEPS.map((pair, step) => [`step-${step}`, pair] as const),
  ];
  const lines = pairs.map(([name, [light, dark]]) => {
    return `  --chart-${name}: light-dark(${light}, ${dark});`;
  });
  return `:root {\n${lines.join('\n')}\n}\nsvg[class^='plot-'] { --plot-background: Canvas; }\n`;
}

const DASHES = ['', '7 3', '2 3', '9 3 2 3', '12 5', '4 2 1 2 1 2'] as const;
const SYMBOLS = ['circle', 'square', 'triangle', 'diamond', 'cross', 'star', 'wye'] as const;
const OTHERS: readonly Hue[] = [
  'blue',
  'vermilion',
  'green',
  'purple',
  'ochre',
  'grey',
  'teal',
  'wine',
];

interface Look {
  readonly hue: Hue;
  /** Which dash and symbol. */
  readonly mark: number;
}

/** What experiments compare most, each with its own look for good. */
const LOOKS: Readonly<Record<string, Look>> = {
  priomon: { hue: 'blue', mark: 0 },
  full: { hue: 'vermilion', mark: 1 },
  'full-json': { hue: 'purple', mark: 2 },
  digest: { hue: 'ochre', mark: 3 },
  strict: { hue: 'green', mark: 4 },
  cpu: { hue: 'vermilion', mark: 0 },
  memory: { hue: 'blue', mark: 1 },
  network: { hue: 'green', mark: 2 },
  storage: { hue: 'purple', mark: 3 },
  swap: { hue: 'ochre', mark: 4 },
  load1: { hue: 'grey', mark: 5 },
  told: { hue: 'blue', mark: 0 },
  filtered: { hue: 'grey', mark: 1 },
};

/** Priorities by class: the higher, the warmer. */
function priorityHue(name: string): Hue | undefined {
  const priority = Number(/^priority (\d+)$/.exec(name)?.[1]);
  if (!(priority >= 0)) return undefined;
  const steps: readonly Hue[] = ['grey', 'teal', 'blue', 'vermilion', 'wine'];
  return steps[[2, 5, 10, 20].filter((limit) => priority >= limit).length];
}

/** Between the parts of a series' name: `full · loss 30 %`. */
export const PART = ' · ';

/**
 * Looks for these series, in this order. The first part of a name gives the colour; where names
 * have a second part, that gives dash and symbol.
 */
export function stylesOf(names: readonly string[]): SeriesStyle[] {
  const firsts = distinct(names.map(firstOf));
  const rests = distinct(names.map(restOf));
  const looks = looksOf(firsts);
  return names.map((name) => {
    const look = looks.get(firstOf(name)) ?? { hue: 'blue', mark: 0 };
    const mark = rests.length > 1 ? rests.indexOf(restOf(name)) : look.mark;
    return {
      name,
      color: hue(look.hue),
      dash: DASHES[mark % DASHES.length] ?? '',
      symbol: SYMBOLS[mark % SYMBOLS.length] ?? 'circle',
    };
  });
}

/** Things without a look of their own take the hues that are left. */
function looksOf(names: readonly string[]): Map<string, Look> {
  const looks = new Map<string, Look>();
  names.forEach((name, mark) => {
    const ownHue = priorityHue(name);
    if (Object.hasOwn(LOOKS, name)) looks.set(name, LOOKS[name] ?? { hue: 'blue', mark });
    else if (ownHue !== undefined) looks.set(name, { hue: ownHue, mark });
  });
  const used = new Set([...looks.values()].map((look) => look.hue));
  const left = OTHERS.filter((other) => !used.has(other));
  const others = names.filter((name) => !looks.has(name));
  others.forEach((name, place) => {
    looks.set(name, { hue: left[place % left.length] ?? 'grey', mark: looks.size });
  });
  return looks;
}

const firstOf = (name: string): string => name.split(PART)[0] ?? '';
const restOf = (name: string): string => name.split(PART).slice(1).join(PART);
const distinct = (names: readonly string[]): string[] => [...new Set(names)];

const ORDER = Object.keys(LOOKS);

/** Strategies and metrics in the order of the palette, all else by number and name. */
export function inOrder(names: Iterable<string>): string[] {
  return distinct([...names]).sort((a, b) => {
    const [own, others] = [a.split(PART), b.split(PART)];
    const place = own.findIndex((part, index) => part !== others[index]);
    return byPart(own[place] ?? '', others[place] ?? '');
  });
}

/** The series of these rows, in the order and with the looks of every figure. */
export const legendOf = (rows: readonly { readonly series: string }[]): SeriesStyle[] =>
  stylesOf(inOrder(rows.map(({ series }) => series)));

const byPart = (a: string, b: string): number =>
  rank(a) - rank(b) || plain(a).localeCompare(plain(b), 'en', { numeric: true });

/** `1,000 nodes` as `1000 nodes`, which comes after 300; `1 s` as `1000 ms`, after 500. */
const plain = (part: string): string =>
  part
    .replace(/(?<=\d),(?=\d{3})/g, '')
    .replace(/([\d.]+) s$/, (_, seconds) => `${Number(seconds) * 1000} ms`);

const rank = (part: string): number => {
  const index = ORDER.indexOf(part);
  return index < 0 ? ORDER.length : index;
};
