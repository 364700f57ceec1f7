// What leaves the site in files: CSV, pictures, and pages with links that work anywhere.

import { parseHTML } from 'linkedom';
import { describe, expect, it } from 'vitest';
import { relativeTo } from '../../../analysis-site/relative-links.ts';
import { csvOf } from '../../../analysis-site/src/report/csv.ts';
import { cellText } from '../../../analysis-site/src/report/figure-table.ts';
import { quiet, standaloneSvg } from '../../../analysis-site/src/report/picture.ts';
import { repeatOf } from '../../../analysis-site/src/report/repeat.ts';

describe('CSV', () => {
  const columns = [
    { key: 'name', title: 'series', unit: '' },
    { key: 'value', title: 'mean', unit: 'B/s' },
  ];

  it('has a heading with units, and every number as it is', () => {
    expect(csvOf(columns, [{ name: 'full', value: 1_234.5678 }])).toBe(
      'series,mean (B/s)\r\nfull,1234.5678\r\n',
    );
  });

  it('leaves empty what does not exist', () => {
    const rows = [{ name: 'a', value: null }, { name: 'b', value: Number.NaN }, { name: 'c' }];
    expect(csvOf(columns, rows)).toBe('series,mean (B/s)\r\na,\r\nb,\r\nc,\r\n');
    expect([cellText(null), cellText(undefined), cellText(Number.NaN)]).toEqual(['–', '–', '–']);
  });

  it('quotes what would break a line, and keeps a text from being a formula', () => {
    const rows = [{ name: 'a "b", c' }, { name: '=1+1' }, { name: 'two\nlines' }];
    expect(csvOf([{ key: 'name', title: 'name', unit: '' }], rows)).toBe(
      `name\r\n"a ""b"", c"\r\n'=1+1\r\n"two\nlines"\r\n`,
    );
  });
});

describe('a picture as a file', () => {
  it('is XML with its namespace and a ground of its own', () => {
    const svg = standaloneSvg('<figure><svg width="9"><text>a&nbsp;b</text></svg></figure>');
    expect(svg).toBe(
      '<?xml version="1.0" encoding="UTF-8"?>\n<svg xmlns="http://www.w3.org/2000/svg" width="9">' +
        '<rect width="100%" height="100%" fill="#fff"/><text>a&#160;b</text></svg>\n',
    );
    expect(
      standaloneSvg('<svg xmlns="http://www.w3.org/2000/svg"></svg>').match(/xmlns/g),
    ).toHaveLength(1);
  });

  it('is read out by its own name, not by those of its parts', () => {
    const { document } = parseHTML('<svg aria-label="all"><g aria-label="dot"></g></svg>');
    const svg = document.querySelector('svg');
    if (svg === null) throw new Error('There is a picture.');
    expect(quiet(svg).outerHTML).toBe('<svg aria-label="all"><g /></svg>');
  });
});

describe('the text that an experiment came from', () => {
  it('is a file of its kind, and says whether flags changed it', () => {
    expect(repeatOf({ name: 'quick', source: 'runs: 1\nnodes: [20]\n' })).toEqual({
      file: 'quick.yaml',
      isChanged: false,
    });
    const ini = '[PrioMonParam]\nruns = 5\n\n# Changed on the command line:\n# runs: "1"\n';
    expect(repeatOf({ name: 'priomon', source: ini })).toEqual({
      file: 'priomon.ini',
      isChanged: true,
    });
  });
});

describe('links of a page', () => {
  const link = (page: string, target: string, base = '/'): string =>
    relativeTo(page, base, `<a href="${target}">x</a>`).slice(9, -7);

  it.each([
    ['index.html', '/', './'],
    ['index.html', '/compare/', 'compare/'],
    ['compare/index.html', '/', '../'],
    ['compare/index.html', '/_astro/a.js', '../_astro/a.js'],
    ['experiments/1/index.html', '/method/#cpu', '../../method/#cpu'],
    ['experiments/1/index.html', '/experiments/1/', './'],
    ['experiments/1/index.html', '/experiments/1/figures/a.svg', 'figures/a.svg'],
  ])('on %s: %s becomes %s', (page, target, wanted) => {
    expect(link(page, target)).toBe(wanted);
    expect(link(page, `/sub${target}`, '/sub/')).toBe(wanted);
  });

  it.each(['#runs', 'https://example.org/', '//example.org/', 'figures/a.svg'])(
    'stay as they are: %s',
    (target) => expect(link('a/index.html', target)).toBe(target),
  );
});
