/** What lies below the curves of the session's timeline: bands, limits, ends of runs that failed. */
import type { Shape } from 'plotly.js';

import type { CellRecord, CellStarted } from '../record/_session';
import type { IBand } from './bands';
import type { ILane } from './lanes';
import { failureOf } from './ruler';
import { axisName } from './session-traces';
import type { IChartTheme } from './theme';
import { css, mix } from './theme';

/** Bands narrower than this are not drawn, and neither are more than so many. */
const BAND_WIDTH = 3;
const BANDS = 150;

/** Runs on the axis. */
export interface IBands {
  /** The last may be the running cell. */
  readonly runs: readonly (CellRecord | CellStarted)[];
  readonly bands: readonly IBand[];
  /** The part of the axis that is shown, in its pixels. */
  readonly range: readonly [number, number];
  /** Which run is open, and which the keyboard is at; -1: none. */
  readonly selected: number;
  readonly cursor: number;
}

/**
 * Bands: every other one grey, the open one and the one at hand framed, and what failed in a colour
 * of its own with a line where it ended.
 *
 * @param width - of the axis, in pixels of the screen
 * @param head - where the names of the runs begin, which no line goes through: a share of the height
 */
export function bandShapes(
  drawn: IBands,
  theme: IChartTheme,
  width: number,
  head: number
): Partial<Shape>[] {
  const { runs, bands, range, selected, cursor } = drawn;
  const scale = width / Math.max(1e-9, range[1] - range[0]);
  const shown = bands
    .map((band, index) => ({ band, index }))
    .filter(({ band }) => band.to > range[0] && band.from < range[1]);
  const wide = shown.filter(
    ({ band }) => (band.to - band.from) * scale >= BAND_WIDTH
  );
  const few = wide.length <= BANDS ? wide : [];
  const marked = shown.filter(
    ({ index }) => index === selected || index === cursor
  );
  return [
    ...few
      .filter(({ index }) => index % 2 === 0)
      .map(({ band }) =>
        bandShape(band, css(mix(theme.grid, theme.background, 0.35)))
      ),
    ...few
      .filter(({ index }) => failureOf(runs[index]) === 'error')
      .flatMap(({ band }) => [
        bandShape(band, css(mix(theme.error, theme.background, 0.1))),
        {
          ...line(band.to, band.to, theme.error, 'dot'),
          xref: 'x' as const,
          yref: 'paper' as const,
          y0: 0,
          y1: head
        }
      ]),
    ...marked.map(({ band, index }) => ({
      ...bandShape(band, css(mix(theme.brand, theme.background, 0.18))),
      line: { width: index === cursor ? 1.5 : 0.5, color: css(theme.brand) }
    }))
  ];
}

/** A line at what each device has, where that is within its row. */
export function limitShapes(
  lanes: readonly ILane[],
  theme: IChartTheme
): Partial<Shape>[] {
  return lanes.flatMap(({ ceiling }, row) =>
    ceiling === null
      ? []
      : [
          {
            ...line(0, 1, theme.muted, 'dash'),
            xref: 'paper' as const,
            yref: axisName(row) as Shape['yref'],
            y0: ceiling,
            y1: ceiling
          }
        ]
  );
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

function line(
  x0: number,
  x1: number,
  color: IChartTheme['error'],
  dash: 'dash' | 'dot'
): Partial<Shape> {
  return {
    type: 'line',
    layer: 'below',
    x0,
    x1,
    line: { width: 1, color: css(color), dash }
  };
}
