/** Lines below the roofs of their device, on logarithmic axes. Pure. */
import type { Data } from 'plotly.js';

import { formatFlops, formatPercent } from '../record/units';
import type { IRoofPoint } from '../record/roofline';
import type { DeepRoof } from '../record/_session';
import { plotLabel } from './label';
import type { IFigure } from './plot';
import type { IChartTheme } from './theme';
import { DASHES, css } from './theme';

const SMALL = 11;
/** Of a line's name in the box that shows on pointing. */
const NAME = 80;
/** Decades around what is drawn. */
const AROUND = 3;

/** Words of the chart. */
export interface IRoofWords {
  /** Of the horizontal and of the vertical axis. */
  readonly intensity: string;
  readonly rate: string;
  /** Of a line. */
  readonly name: (point: IRoofPoint) => string;
}

/** `customdata` of a point is its index. Lines without counted operations are not drawn. */
export function rooflineFigure(
  roofs: readonly DeepRoof[],
  points: readonly IRoofPoint[],
  words: IRoofWords,
  theme: IChartTheme
): IFigure {
  const drawn = points
    .map((point, index) => ({ point, index }))
    .filter(({ point }) => point.rate > 0 && point.intensity > 0);
  const intensities = [
    ...drawn.map(({ point }) => point.intensity),
    ...roofs.map(({ flops_per_s, bytes_per_s }) => flops_per_s / bytes_per_s)
  ].filter(value => Number.isFinite(value) && value > 0);
  const least = Math.min(...intensities, 1) / AROUND;
  const most = Math.max(...intensities, 1) * AROUND;
  const axis = {
    type: 'log' as const,
    color: css(theme.muted),
    gridcolor: css(theme.grid),
    zeroline: false,
    dtick: 'D2',
    tickfont: { size: SMALL }
  };
  return {
    data: [
      ...roofs.map((roof, index) => roofTrace(roof, index, least, most, theme)),
      {
        type: 'scatter',
        mode: 'markers',
        x: drawn.map(({ point }) => point.intensity),
        y: drawn.map(({ point }) => point.rate),
        customdata: drawn.map(({ index }) => index),
        hovertext: drawn.map(({ point }) =>
          [
            plotLabel(words.name(point), NAME),
            `${formatFlops(point.rate)}/s (${formatPercent(point.share)})`
          ].join('<br>')
        ),
        hoverinfo: 'text',
        marker: {
          size: 9,
          color: css(theme.time),
          line: { width: 1, color: css(theme.background) }
        }
      } as Data
    ],
    layout: {
      showlegend: false,
      hovermode: 'closest',
      dragmode: false,
      margin: { l: 64, r: 8, t: 8, b: 40 },
      paper_bgcolor: css(theme.background),
      plot_bgcolor: css(theme.background),
      font: { family: theme.font, color: css(theme.text), size: SMALL },
      xaxis: { ...axis, title: { text: words.intensity }, fixedrange: true },
      yaxis: {
        ...axis,
        title: { text: words.rate },
        exponentformat: 'SI',
        fixedrange: true
      }
    }
  };
}

function roofTrace(
  { device, dtype, flops_per_s, bytes_per_s }: DeepRoof,
  index: number,
  least: number,
  most: number,
  theme: IChartTheme
): Data {
  const edge = flops_per_s / bytes_per_s;
  const xs = [Math.min(least, edge), edge, Math.max(most, edge)];
  return {
    type: 'scatter',
    mode: 'lines',
    x: xs,
    y: xs.map(x => Math.min(flops_per_s, x * bytes_per_s)),
    line: {
      color: css(theme.muted),
      width: 2,
      dash: DASHES[index % DASHES.length]
    },
    text: plotLabel(`${device} ${dtype}`, NAME),
    hoverinfo: 'text'
  };
}
