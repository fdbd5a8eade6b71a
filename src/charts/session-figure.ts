/** Draws the session's memory: one row for each device, all over the same axis of runs. */
import type { Annotation, Data, Layout, LayoutAxis, Shape } from 'plotly.js';

import { HOST, firstCodeLine } from '../record/derive';
import { formatBytes, formatDuration } from '../record/units';
import { runLabel } from '../views/parts/run-label';
import type { CellRecord, CellStarted } from '../record/_session';
import type { ITranslate } from '../views/state';
import { deviceName } from '../views/parts/usage';
import type { IBand } from './bands';
import { plotLabel } from './label';
import type { IFigure } from './plot';
import type { IDeviceCurve } from './session-curves';
import type { IChartTheme } from './theme';
import { css, mix } from './theme';
import { byteTicks } from './ticks';

/** Everything that one drawing shows. */
export interface ISessionDrawing {
  /** The last may be the running cell. */
  readonly runs: readonly (CellRecord | CellStarted)[];
  readonly bands: readonly IBand[];
  readonly curves: readonly IDeviceCurve[];
  /** Devices in the order that gives them their colours. */
  readonly devices: readonly string[];
  /** The part of the axis that is shown, in its pixels. */
  readonly range: readonly [number, number];
  /** Which run is open, and which the keyboard is at; -1: none. */
  readonly selected: number;
  readonly cursor: number;
}

/** Pixels at the left of the rows, for their ticks. */
export const LEFT = 58;
/** Pixels at the right of the rows. */
export const RIGHT = 6;
const TOP = 4;
const BOTTOM = 18;
/** Pixels between rows. */
const BETWEEN = 8;
/** Bands narrower than this are not drawn, and neither are more than so many. */
const BAND_WIDTH = 3;
const BANDS = 150;
/** Pixels that a label needs. */
const LABEL = 34;
/** Range of a row at least, in bytes: what is smaller is the noise of an interpreter. */
const MIN_RANGE = 4 << 20;

/** Height for so many rows, in pixels; the same for all sessions of a machine. */
export function timelineHeight(rows: number): number {
  const row = rows <= 1 ? 92 : rows <= 3 ? 62 : rows <= 5 ? 48 : 36;
  return TOP + BOTTOM + Math.max(1, rows) * row;
}

/** What plotly.js draws. */
export function sessionFigure(
  drawing: ISessionDrawing,
  theme: IChartTheme,
  size: { readonly width: number; readonly height: number },
  trans: ITranslate
): IFigure {
  const { curves, range } = drawing;
  const rows = rowsOf(curves.length, size.height);
  const tops = curves.map(curve => niceTop(highest(curve)));
  return {
    data: curves.flatMap((curve, row) =>
      tracesOf(curve, row, drawing, theme, size.width, trans)
    ),
    layout: {
      margin: { l: LEFT, r: RIGHT, t: TOP, b: BOTTOM },
      hovermode: 'x',
      hoverdistance: -1,
      dragmode: 'zoom',
      shapes: bandShapes(drawing, theme, size.width),
      annotations: curves.map((curve, row) =>
        rowTitle(curve, rows[row], theme, trans)
      ),
      xaxis: {
        range: [...range],
        zeroline: false,
        showgrid: false,
        fixedrange: false,
        anchor: curves.length > 1 ? axisName(curves.length - 1) : 'y',
        ...runTicks(drawing, size.width)
      },
      // Before the first sample there is nothing to count.
      yaxis: { visible: false },
      ...Object.fromEntries(
        curves.map((_, row) => [
          row === 0 ? 'yaxis' : `yaxis${row + 1}`,
          rowAxis(rows[row], tops[row], theme)
        ])
      )
    } as Partial<Layout>
  };
}

function axisName(row: number): 'y' | `y${number}` {
  return row === 0 ? 'y' : `y${row + 1}`;
}

/** From top to bottom, as shares of the height. */
function rowsOf(count: number, height: number): [number, number][] {
  const inner = height - TOP - BOTTOM;
  const gap = BETWEEN / inner;
  const row = (1 - gap * (count - 1)) / count;
  return Array.from({ length: count }, (_, index) => {
    const top = 1 - index * (row + gap);
    return [Math.max(0, top - row), top];
  });
}

function highest({ y, peaks }: IDeviceCurve): number {
  return Math.max(
    y.reduce((top, bytes) => Math.max(top, bytes), 0),
    peaks.reduce((top, { bytes }) => Math.max(top, bytes), 0)
  );
}

/** A round number above, so that a curve that grows seldom changes its scale. */
function niceTop(bytes: number): number {
  const needed = Math.max(MIN_RANGE, 1.04 * bytes);
  const unit = 2 ** Math.floor(Math.log2(needed));
  return unit * ([1, 1.25, 1.5, 1.75].find(step => step * unit >= needed) ?? 2);
}

function rowAxis(
  domain: [number, number],
  top: number,
  theme: IChartTheme
): Partial<LayoutAxis> {
  return {
    domain,
    range: [0, top],
    fixedrange: true,
    zeroline: false,
    gridcolor: css(theme.grid),
    ...rowTicks(top)
  };
}

/** One round number: the zero is the line below, and the top would meet the row above. */
function rowTicks(top: number): { tickvals: number[]; ticktext: string[] } {
  const fits = [2, 4, 8]
    .map(count => byteTicks(0, 0.86 * top, count))
    .find(({ tickvals }) => tickvals.length > 1);
  return {
    tickvals: fits?.tickvals.slice(-1) ?? [],
    ticktext: fits?.ticktext.slice(-1) ?? []
  };
}

function tracesOf(
  curve: IDeviceCurve,
  row: number,
  drawing: ISessionDrawing,
  theme: IChartTheme,
  width: number,
  trans: ITranslate
): Data[] {
  const place = Math.max(0, drawing.devices.indexOf(curve.device));
  const rgb = theme.series[place % theme.series.length];
  const color = css(rgb);
  const yaxis = axisName(row);
  const name = plotLabel(deviceName(curve.device, trans), 20);
  const title = titles(drawing.runs, hoverLength(width));
  const peaks = drawing.runs.map(run => peakWords(run, curve.device, trans));
  return [
    {
      type: 'scatter',
      mode: 'lines',
      x: curve.x as number[],
      y: curve.y as number[],
      yaxis,
      line: { color, width: 1.5 },
      fill: 'tozeroy',
      fillcolor: css(mix(rgb, theme.background, 0.14)),
      customdata: curve.run,
      hoverinfo: 'text',
      text: curve.y.map(
        (bytes, i) =>
          `${title(curve.run[i])}<br>` +
          `${name} ${formatBytes(bytes)}${peaks[curve.run[i]]}` +
          `<br>${formatDuration(curve.t[i])}${lineWords(curve.line[i], trans)}`
      )
    },
    {
      type: 'scatter',
      mode: 'markers',
      x: curve.peaks.map(({ x }) => x),
      y: curve.peaks.map(({ bytes }) => bytes),
      yaxis,
      marker: {
        color,
        // A lower bound points to where the peak may be.
        symbol: curve.peaks.map(({ isSampled }) =>
          isSampled ? 'triangle-up-open' : 'line-ew-open'
        ),
        size: 7,
        line: { width: 1.5, color }
      },
      // The curve below tells of them, and takes the clicks.
      hoverinfo: 'skip'
    }
  ];
}

function lineWords(line: number | null, trans: ITranslate): string {
  return line === null ? '' : ` · ${trans.__('line %1', line)}`;
}

/** `, peak 1.2 GiB`; nothing of a run that has not ended. */
function peakWords(
  run: CellRecord | CellStarted,
  device: string,
  trans: ITranslate
): string {
  const entry =
    'memory' in run
      ? run.memory?.find(memory => memory.device === device)
      : undefined;
  if (!entry) {
    return '';
  }
  const peak = formatBytes(entry.peak_bytes);
  return `, ${
    entry.peak_is === 'sampled'
      ? trans.__('peak at least %1', peak)
      : trans.__('peak %1', peak)
  }`;
}

/** Characters that a hover label of a narrow chart has room for: plotly.js would cut it off. */
function hoverLength(width: number): number {
  return Math.max(16, Math.min(60, Math.floor((width - 24) / 7)));
}

/** Number and first line of each run, as plotly.js shows them; made once for all points of it. */
function titles(
  runs: readonly (CellRecord | CellStarted)[],
  length: number
): (index: number) => string {
  const known = new Map<number, string>();
  return index => {
    const run = runs[index];
    let title = known.get(index);
    if (title === undefined) {
      title = run
        ? plotLabel(`${runLabel(run)} ${firstCodeLine(run.source)}`, length)
        : '';
      known.set(index, title);
    }
    return title;
  };
}

function bandShapes(
  drawing: ISessionDrawing,
  theme: IChartTheme,
  width: number
): Partial<Shape>[] {
  const { bands, range, selected, cursor } = drawing;
  const scale = (width - LEFT - RIGHT) / Math.max(1e-9, range[1] - range[0]);
  const shown = bands
    .map((band, index) => ({ band, index }))
    .filter(({ band }) => band.to > range[0] && band.from < range[1]);
  const wide = shown.filter(
    ({ band }) => (band.to - band.from) * scale >= BAND_WIDTH
  );
  const marked = shown.filter(
    ({ index }) => index === selected || index === cursor
  );
  const brand = theme.series[0];
  return [
    ...(wide.length <= BANDS ? wide : [])
      .filter(({ index }) => index % 2 === 0)
      .map(({ band }) =>
        bandShape(band, css(mix(theme.grid, theme.background, 0.35)))
      ),
    ...marked.map(({ band, index }) => ({
      ...bandShape(band, css(mix(brand, theme.background, 0.18))),
      line: {
        width: index === cursor ? 1.5 : 0.5,
        color: css(brand)
      }
    }))
  ];
}

function bandShape({ from, to }: IBand, fillcolor: string): Partial<Shape> {
  return {
    type: 'rect',
    layer: 'below',
    xref: 'x',
    yref: 'paper',
    x0: from,
    x1: to,
    y0: 0,
    y1: 1,
    fillcolor,
    line: { width: 0 }
  };
}

/** Numbers of the runs, as many as have room. */
function runTicks(
  { runs, bands, range }: ISessionDrawing,
  width: number
): Partial<LayoutAxis> {
  const scale = (width - LEFT - RIGHT) / Math.max(1e-9, range[1] - range[0]);
  let free = -Infinity;
  const ticks = bands.flatMap((band, index) => {
    const middle = (band.from + band.to) / 2;
    const x = (middle - range[0]) * scale;
    if (middle < range[0] || middle > range[1] || x < free) {
      return [];
    }
    free = x + LABEL;
    return [{ middle, label: runLabel(runs[index]) }];
  });
  return {
    tickvals: ticks.map(({ middle }) => middle),
    ticktext: ticks.map(({ label }) => label)
  };
}

/** In the corner of its row; the host's is told by its colour and its place, and by its name. */
function rowTitle(
  { device }: IDeviceCurve,
  [, top]: readonly [number, number],
  theme: IChartTheme,
  trans: ITranslate
): Partial<Annotation> {
  return {
    text: plotLabel(device === HOST ? deviceName(device, trans) : device, 20),
    xref: 'paper',
    yref: 'paper',
    x: 0,
    y: top,
    xanchor: 'left',
    yanchor: 'top',
    showarrow: false,
    borderpad: 1,
    bgcolor: css(theme.background),
    opacity: 0.85,
    font: { size: 10, color: css(theme.muted) }
  };
}
