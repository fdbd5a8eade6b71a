/** The vertical axes of the session's timeline, for plotly.js. */
import type { LayoutAxis } from 'plotly.js';

import type { ITranslate } from '../views/state';
import type { ILane } from './lanes';
import { BOTTOM, HEAD, TOP } from './lanes';
import { SMALL } from './session-traces';
import type { IChartTheme } from './theme';
import { css } from './theme';

/** Name of an axis of plotly.js in the layout, from 0. */
export function layoutName(index: number): string {
  return index === 0 ? 'yaxis' : `yaxis${index + 1}`;
}

/** Bytes of one device. */
export function rowAxis(
  { domain, top, ticks }: ILane,
  theme: IChartTheme
): Partial<LayoutAxis> {
  return {
    domain: [...domain],
    range: [0, top],
    fixedrange: true,
    zeroline: false,
    gridcolor: css(theme.grid),
    ...ticks
  };
}

/** Where the names of the runs begin: a share of the inner height, from below. */
export function headFrom(height: number): number {
  return 1 - HEAD / (height - TOP - BOTTOM);
}

/** Above the rows, for the names of the runs. */
export function headAxis(height: number): Partial<LayoutAxis> {
  return {
    domain: [headFrom(height), 1],
    range: [0, 1],
    fixedrange: true,
    visible: false
  };
}

/** Shares of the time. */
export function busyAxis(
  domain: readonly [number, number],
  trans: ITranslate
): Partial<LayoutAxis> {
  return {
    domain: [...domain],
    range: [0, 1],
    fixedrange: true,
    zeroline: false,
    showgrid: false,
    tickfont: { size: SMALL },
    tickvals: [0.5],
    ticktext: [trans.__('busy')]
  };
}
