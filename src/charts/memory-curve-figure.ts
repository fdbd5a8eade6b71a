/** Memory of a step in the course of time, its categories one on the other. Pure. */
import type { Data } from 'plotly.js';

import { formatBytes } from '../record/units';
import type { DeepCurve } from '../record/_session';
import { plotLabel } from './label';
import type { IFigure } from './plot';
import type { IChartTheme, Rgb } from './theme';
import { css, mix } from './theme';

const SMALL = 11;
/** Ticks of the vertical axis, about. */
const TICKS = 4;
const MILLI = 1000;

interface ILook {
  /** Of the device's hue; the rest is the ground's. */
  readonly strength: number;
  readonly shape?: '/' | '-' | '|';
}

/** From below: what stays first. As in the bars: shades for what stays, patterns for the rest. */
const LOOKS: readonly (readonly [string, ILook])[] = [
  ['before', { strength: 0 }],
  ['parameters', { strength: 1 }],
  ['optimizer', { strength: 0.3 }],
  ['gradients', { strength: 0.62 }],
  ['kept', { strength: 0.5, shape: '|' }],
  ['batch', { strength: 0.5, shape: '|' }],
  ['activations', { strength: 0.8, shape: '/' }],
  ['temporaries', { strength: 0.6, shape: '-' }]
];

/** `name` is that of a category, `hue` that of the device. */
export function memoryCurveFigure(
  curve: DeepCurve,
  name: (category: string) => string,
  words: { readonly time: string },
  theme: IChartTheme,
  hue: Rgb
): IFigure {
  const times = curve.t_s ?? [];
  const begin = times[0] ?? 0;
  const series = curve.series ?? {};
  const known = LOOKS.filter(([category]) => Object.hasOwn(series, category));
  const totals = times.map((_, index) =>
    known.reduce((sum, [category]) => sum + (series[category][index] ?? 0), 0)
  );
  const most = Math.max(0, ...totals);
  return {
    data: known
      .filter(([category]) => series[category].some(bytes => bytes > 0))
      .map(([category, look]) => {
        const color =
          look.strength === 0
            ? theme.muted
            : mix(hue, theme.background, look.strength);
        return {
          type: 'scatter',
          mode: 'lines',
          stackgroup: 'one',
          x: times.map(time => (time - begin) * MILLI),
          y: series[category],
          line: { shape: 'hv', width: 0 },
          fillcolor: css(color),
          ...(look.shape
            ? {
                fillpattern: {
                  shape: look.shape,
                  fgcolor: css(color),
                  bgcolor: css(mix(hue, theme.background, 0.2)),
                  size: 6,
                  solidity: 0.5
                }
              }
            : {}),
          hoverinfo: 'text',
          text: series[category].map(
            bytes => `${plotLabel(name(category))} ${formatBytes(bytes)}`
          )
        } as unknown as Data;
      }),
    layout: {
      showlegend: false,
      hovermode: 'closest',
      dragmode: false,
      margin: { l: 72, r: 8, t: 8, b: 36 },
      paper_bgcolor: css(theme.background),
      plot_bgcolor: css(theme.background),
      font: { family: theme.font, color: css(theme.text), size: SMALL },
      xaxis: {
        color: css(theme.muted),
        gridcolor: css(theme.grid),
        zeroline: false,
        fixedrange: true,
        title: { text: words.time }
      },
      yaxis: {
        color: css(theme.muted),
        gridcolor: css(theme.grid),
        zeroline: false,
        fixedrange: true,
        rangemode: 'tozero',
        ...ticksOf(most)
      }
    }
  };
}

/** Round numbers of bytes. */
function ticksOf(most: number): { tickvals: number[]; ticktext: string[] } {
  const step = most > 0 ? 2 ** Math.floor(Math.log2(most / TICKS)) : 1;
  const spread = most / step > 2 * TICKS ? 2 * step : step;
  const count = Math.min(2 * TICKS, Math.floor(most / spread));
  const tickvals = Array.from({ length: count + 1 }, (_, at) => at * spread);
  return { tickvals, ticktext: tickvals.map(value => formatBytes(value)) };
}
