/** The curves of the session's timeline, and the words on its axis, as traces of plotly.js. */
import type { Data } from 'plotly.js';

import { formatBytes } from '../record/units';
import type { IBusyCurve } from './busy';
import type { ILane } from './lanes';
import type { IRunMark } from './ruler';
import { widthOf } from './ruler';
import type { IDeviceCurve, IPeak } from './session-curves';
import type { IChartTheme } from './theme';
import { css, mix } from './theme';

/** Size of the words that stand beside curves and above bands. */
export const SMALL = 10;
/** Pixels between a value and other words. */
const BESIDE = 5;
/** From this part of a row's range on, what stands above a peak is beside the device's name. */
const HIGH = 0.75;

/** Name of an axis of plotly.js, from 0. */
export function axisName(index: number): 'y' | `y${number}` {
  return index === 0 ? 'y' : `y${index + 1}`;
}

/**
 * The curve of a device, and the peaks of its runs.
 *
 * @param middle - of the value of the highest peak, on the axis; `null`: it is not written
 */
export function curveTraces(
  curve: IDeviceCurve,
  lane: ILane,
  row: number,
  place: number,
  theme: IChartTheme,
  middle: number | null
): Data[] {
  const rgb = theme.series[place % theme.series.length];
  const color = css(rgb);
  const yaxis = axisName(row);
  const label = middle === null ? null : lane.peak;
  // Its value is a point without a mark.
  const points =
    label && middle !== null
      ? [...curve.peaks, { ...label, x: middle }]
      : curve.peaks;
  const isMark = (_: unknown, index: number) => index < curve.peaks.length;
  return [
    {
      type: 'scatter',
      mode: 'lines',
      x: curve.x as number[],
      y: curve.y as number[],
      yaxis,
      line: { color, width: 1.5 },
      fill: 'tozeroy',
      fillcolor: css(mix(rgb, theme.background, 0.14))
    },
    {
      type: 'scatter',
      mode: label ? 'text+markers' : 'markers',
      x: points.map(({ x }) => x),
      y: points.map(({ bytes }) => bytes),
      yaxis,
      marker: {
        color,
        // What has sizes of its own would be pale.
        opacity: 1,
        // A lower bound points to where the peak may be.
        symbol: points.map(({ isSampled }) =>
          isSampled ? 'triangle-up-open' : 'line-ew-open'
        ),
        size: points.map(isMark).map(mark => (mark ? 7 : 0)),
        line: { width: points.map(isMark).map(mark => (mark ? 1.5 : 0)), color }
      },
      text: points.map((each, index) =>
        isMark(each, index) ? '' : peakText(each)
      ),
      textposition: 'top center',
      textfont: { size: SMALL, color: css(theme.text) },
      cliponaxis: false
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
    fillcolor: css(mix(rgb, theme.background, 0.5))
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
    cliponaxis: false
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
    cliponaxis: false
  };
}

/**
 * The middle of a peak's value, in pixels: above it, where there is no curve, or as near to that as
 * the words above the row leave room; `null`: they leave none.
 *
 * @param free - from where to where nothing else stands above the row, in pixels
 * @param x - of the peak, in pixels from the left end
 */
export function peakMiddle(
  { peak, top }: ILane,
  free: readonly [number, number],
  x: number,
  width: number
): number | null {
  if (!peak) {
    return null;
  }
  const half = widthOf(peakText(peak)) / 2;
  const [start, end] =
    peak.bytes > HIGH * top
      ? [free[0] + BESIDE + half, free[1] - BESIDE - half]
      : [half, width - half];
  return start > end ? null : Math.min(end, Math.max(start, x));
}

function peakText({ bytes, isSampled }: IPeak): string {
  return `${isSampled ? '≥ ' : ''}${formatBytes(bytes)}`;
}
