// Figures of one kind: a measure against a setting that was varied, a line for each series.

import type { Markish, PlotOptions } from '@observablehq/plot';
import * as Plot from '@observablehq/plot';
import { dotPlot } from '../drawing/dot-plot.ts';
import { quantity, short } from '../drawing/format.ts';
import { frame, note, scaleOf, settingAxis } from '../drawing/frame.ts';
import { seriesMarks, shown } from '../drawing/marks.ts';
import { hue, legendOf } from '../drawing/palette.ts';
import type { Column, Figure, SeriesStyle, View } from '../figure.ts';
import { agreed } from '../statistics/comparison.ts';
import { emptyBecause, groupBy, isNumber } from '../statistics/data.ts';
import { SETTINGS, settingNamed, settingWords } from '../statistics/settings.ts';
import { type Against, type AgainstRow, rowsOf, settingsOf } from './against-rows.ts';

export function against(spec: Against): Figure<AgainstRow> {
  const looks = (rows: readonly AgainstRow[]): SeriesStyle[] => {
    const styles = legendOf(rows);
    return hasReference(rows) && spec.reference
      ? [...styles, referenceStyle(spec.reference.name)]
      : styles;
  };
  return {
    id: spec.id,
    title: spec.title,
    needs: spec.needs ?? ['measures'],
    columns: [
      { key: 'series', title: 'series', unit: '' },
      ...settingColumns(spec),
      { key: 'mean', title: 'mean', unit: spec.unit },
      { key: 'low', title: '95 % interval from', unit: spec.unit },
      { key: 'high', title: '95 % interval to', unit: spec.unit },
      { key: 'runs', title: 'runs', unit: '' },
      { key: 'never', title: 'runs without', unit: '' },
      ...(spec.reference
        ? [{ key: 'reference', title: spec.reference.name, unit: spec.unit } as const]
        : []),
    ],
    options: {
      seriesKey: 'series',
      canSwitchScale: spec.domain === undefined,
      ...(spec.scale && { scale: spec.scale }),
    },
    rows: (data) => rowsOf(data, spec),
    caption: (rows) =>
      agreed(rows, { ...spec, at: (x) => settingWords(settingNamed(rows[0]?.setting), x) }),
    legend: looks,
    plot: (rows, view) => plotOf(rows, view, spec, looks(rows)),
    emptySentence: (data) => emptyBecause(data, spec.nothing),
  };
}

function settingColumns(spec: Against): Column<AgainstRow>[] {
  const [setting, ...others] = settingsOf(spec);
  if (setting === undefined || others.length > 0) {
    return [
      { key: 'setting', title: 'setting', unit: '' },
      { key: 'x', title: 'value of the setting', unit: '' },
    ];
  }
  const { title, unit } = SETTINGS[setting];
  return [{ key: 'x', title, unit }];
}

const hasReference = (rows: readonly AgainstRow[]): boolean =>
  rows.some(({ reference }) => isNumber(reference));

const referenceStyle = (name: string): SeriesStyle => ({
  name,
  color: hue('grey'),
  dash: '1 4',
  symbol: 'plus',
});

function plotOf(
  rows: readonly AgainstRow[],
  view: View,
  spec: Against,
  styles: readonly SeriesStyle[],
): PlotOptions {
  const visible = shown(rows, 'series', view);
  const scale = scaleOf(view, spec);
  const setting = settingNamed(rows[0]?.setting);
  const values = rows.map((row) => row.x);
  const isReferenceShown =
    spec.reference && (view.shownSeries?.has(spec.reference.name) ?? true) && hasReference(rows);
  // One setting alone makes no axis: series stand below one another instead.
  if (new Set(values).size === 1) {
    const dots = visible.map(({ series, reference, ...row }) => {
      return { ...row, name: series, reference: isReferenceShown ? reference : null };
    });
    const label = spec.yLabel.replace('↑ ', '').concat(' →');
    return dotPlot(view, { dots, styles, label, unit: spec.unit, scale, ...domainOf(spec) });
  }
  const x = settingAxis(`${SETTINGS[setting].name} →`, values);
  const lines = seriesMarks(visible, {
    x: 'x',
    y: 'mean',
    low: 'low',
    high: 'high',
    series: 'series',
    styles,
    scale,
    interval: 'bars',
    hasDots: true,
    tip: (row) =>
      `${row.series}, ${settingWords(setting, row.x)}\n${quantity(row.mean ?? 0, spec.unit)}`,
  });
  const anything = visible.some((row) => isNumber(row.mean));
  return frame(view, {
    x,
    y: {
      label: spec.yLabel,
      scale,
      fromZero: true,
      values: rows.flatMap((row) => [row.mean, row.low, row.high, row.reference]),
      ...domainOf(spec),
      ...((scale === 'log' || spec.unit.startsWith('B')) && { format: short }),
    },
    marks: [
      ...(isReferenceShown ? referenceMarks(visible, styles) : []),
      ...lines,
      ...(anything || isReferenceShown ? [] : [note('No run has a value to draw.')]),
    ],
  });
}

const domainOf = ({ domain }: Against) => (domain === undefined ? {} : { domain });

/**
 * Dotted, in the colour of its series. Series that share one share its line, in grey, or the dots
 * would fill one another's gaps.
 */
function referenceMarks(rows: readonly AgainstRow[], styles: readonly SeriesStyle[]): Markish[] {
  const referred = rows.filter(({ reference }) => isNumber(reference));
  const lines = groupBy(groupBy(referred, ({ series }) => series).values(), (line) =>
    line.map(({ x, reference }) => `${x} ${reference?.toPrecision(3)}`).join(),
  );
  return [...lines.values()].flatMap(([line = [], ...others]): Markish[] => {
    const own = styles.find(({ name }) => name === line[0]?.series);
    const { color, dash } = referenceStyle('');
    const isShared = others.length > 0 || lines.size === 1;
    const place = { x: 'x', y: 'reference', stroke: isShared ? color : (own?.color ?? color) };
    if (line.length === 1) return [Plot.dot(line, { ...place, symbol: 'plus', r: 5 })];
    const look = { strokeDasharray: dash, strokeWidth: 2, strokeLinecap: 'round' } as const;
    return [Plot.lineY(line, { ...place, ...look })];
  });
}
