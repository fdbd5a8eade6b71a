/** The curves of the session's timeline, and the words on its axis, as traces of plotly.js. */
import type { Data } from 'plotly.js';

import { formatBytes } from '../record/units';
import type { IBusyCurve } from './busy';
import type { ILane } from './lanes';
import type { IRunMark } from './ruler';
import { widthOf } from './ruler';
import type { IDeviceCurve } from './session-curves';
import type { IChartTheme } from './theme';
import { css, mix } from './theme';

/** Size of the words that stand beside curves and above bands. */
export const SMALL = 10;
/** Pixels between a peak and its value. */
const BESIDE = 8;
/** From this part of a row's range on, what stands above a peak is beside the device's name. */
const HIGH = 0.75;

/** Name of an axis of plotly.js, from 0. */
export function axisName(index: number): 'y' | `y${number}` {
  return index === 0 ? 'y' : `y${index + 1}`;
}

/** The curve of a device, and the peaks of its runs. */
export function curveTraces(
  curve: IDeviceCurve,
  lane: ILane,
  row: number,
  place: number,
  theme: IChartTheme,
  side: PeakSide | null
): Data[] {
  const rgb = theme.series[place % theme.series.length];
  const color = css(rgb);
  const yaxis = axisName(row);
  const peak = side ? lane.peak : null;
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
      // The crosshair says what is there; the clicks are this curve's.
      hoverinfo: 'none'
    },
    {
      type: 'scatter',
      mode: peak ? 'text+markers' : 'markers',
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
      text: curve.peaks.map(each =>
        each === peak
          ? `${each.isSampled ? '≥ ' : ''}${formatBytes(each.bytes)}`
          : ''
      ),
      textposition: side ?? 'top center',
      textfont: { size: SMALL, color: css(theme.text) },
      cliponaxis: false,
      hoverinfo: 'skip'
    }
  ];
}

/** How busy a device was, in a strip of its own. */
export function busyTrace(
  curve: IBusyCurve,
  yaxis: string,
  place: number,
  theme: IChartTheme
): Data {
  const rgb = theme.series[place % theme.series.length];
  return {
    type: 'scatter',
    mode: 'lines',
    x: curve.x,
    // Without a line, what is not known looks like nothing.
    y: curve.y.map(share => share ?? 0),
    yaxis,
    line: { color: css(rgb), width: 0, shape: 'hv' },
    fill: 'tozeroy',
    fillcolor: css(mix(rgb, theme.background, 0.5)),
    hoverinfo: 'skip'
  };
}

/** Names of the runs; of those that failed with a sign. */
export function markTrace(
  marks: readonly IRunMark[],
  yaxis: string,
  theme: IChartTheme
): Data {
  return {
    type: 'scatter',
    mode: 'text',
    x: marks.map(({ x }) => x),
    y: marks.map(() => 0.5),
    yaxis,
    text: marks.map(({ text }) => text),
    textposition: 'middle center',
    textfont: {
      size: SMALL,
      color: marks.map(({ failed }) =>
        css(failed === 'error' ? theme.error : theme.muted)
      )
    },
    cliponaxis: false,
    hoverinfo: 'skip'
  };
}

/** Two strokes through the axis where it is cut. */
export function pauseTrace(
  pauses: readonly number[],
  yaxis: string,
  pixel: number,
  theme: IChartTheme
): Data {
  return {
    type: 'scatter',
    mode: 'markers',
    x: pauses.flatMap(x => [x - 1.5 * pixel, x + 1.5 * pixel]),
    y: pauses.flatMap(() => [0, 0]),
    yaxis,
    marker: {
      symbol: 'line-ne-open',
      size: 6,
      color: css(theme.muted),
      line: { width: 1, color: css(theme.muted) }
    },
    cliponaxis: false,
    hoverinfo: 'skip'
  };
}

/** Where the value of a peak stands, beside or above it. */
export type PeakSide =
  'top center' | 'top left' | 'top right' | 'middle right' | 'middle left';

/**
 * Where the value of a lane's peak has room: above it there is no curve, but perhaps the name of
 * the device; `null`: nowhere.
 *
 * @param titleWidth - pixels of that name, which stands above the left end
 * @param x - of the peak, in pixels from the left end
 */
export function peakSide(
  { peak, top }: ILane,
  titleWidth: number,
  x: number,
  width: number
): PeakSide | null {
  if (!peak) {
    return null;
  }
  const size = widthOf(`≥ ${formatBytes(peak.bytes)}`);
  const isHigh = peak.bytes > HIGH * top;
  const fits = (from: number, start: number) =>
    from >= start && from + size <= width;
  const above = isHigh ? titleWidth + BESIDE : 0;
  return fits(x - size / 2, above)
    ? 'top center'
    : fits(x - size, above)
      ? 'top left'
      : fits(x, above)
        ? 'top right'
        : fits(x + BESIDE, 0)
          ? 'middle right'
          : fits(x - BESIDE - size, 0)
            ? 'middle left'
            : null;
}
