/** Draws the session's memory: one row for each device, all over the same axis of runs. */
import type { Annotation, Layout } from 'plotly.js';

import type { ITranslate } from '../views/state';
import type { IBusyCurve } from './busy';
import { wordsOf } from './lane-words';
import type { ILane } from './lanes';
import { BOTTOM, LEFT, RIGHT, TOP } from './lanes';
import type { IFigure } from './plot';
import type { IMark, IRunMark } from './ruler';
import {
  busyAxis,
  headAxis,
  headFrom,
  layoutName,
  rowAxis
} from './session-axes';
import type { IDeviceCurve } from './session-curves';
import type { IBands } from './session-shapes';
import { bandShapes, limitShapes } from './session-shapes';
import {
  SMALL,
  axisName,
  busyTrace,
  curveTraces,
  markTrace,
  pauseTrace
} from './session-traces';
import type { IChartTheme } from './theme';
import { css } from './theme';

/** Everything that one drawing shows. */
export interface ISessionDrawing extends IBands {
  readonly curves: readonly IDeviceCurve[];
  /** Of the same devices, in the same order. */
  readonly lanes: readonly ILane[];
  readonly busy: readonly IBusyCurve[];
  /** Bytes that each device has, where it is known. */
  readonly capacities: ReadonlyMap<string, number>;
  /** Times within runs, names of runs, and where the axis is cut. */
  readonly ticks: readonly IMark[];
  readonly marks: readonly IRunMark[];
  readonly pauses: readonly number[];
  /** Devices in the order that gives them their colours. */
  readonly devices: readonly string[];
}

/** What plotly.js draws. */
export function sessionFigure(
  drawing: ISessionDrawing,
  theme: IChartTheme,
  size: { readonly width: number; readonly height: number },
  trans: ITranslate
): IFigure {
  const { curves, lanes, range, ticks, marks, pauses, busy } = drawing;
  const width = size.width - LEFT - RIGHT;
  const pixel = (range[1] - range[0]) / Math.max(1, width);
  const placeOf = (device: string) =>
    Math.max(0, drawing.devices.indexOf(device));
  const words = lanes.map(lane =>
    wordsOf(lane, drawing.capacities, pixel, range[0], width, trans)
  );
  const strips = lanes.flatMap(({ device, busy: domain }) => {
    const curve = busy.find(each => each.device === device);
    return curve && domain ? [{ curve, domain }] : [];
  });
  const head = curves.length;
  const bottom = strips.find(
    ({ curve }) => curve.device === curves[curves.length - 1]?.device
  );
  const lowest = bottom ? head + 1 + strips.indexOf(bottom) : head - 1;
  return {
    data: [
      ...curves.flatMap((curve, row) =>
        curveTraces(
          curve,
          lanes[row],
          row,
          placeOf(curve.device),
          theme,
          words[row].middle
        )
      ),
      ...strips.map(({ curve }, index) =>
        busyTrace(
          curve,
          axisName(head + 1 + index),
          placeOf(curve.device),
          theme
        )
      ),
      ...(head > 0 ? [markTrace(marks, axisName(head), theme)] : []),
      ...(head > 0 && pauses.length > 0
        ? [pauseTrace(pauses, axisName(lowest), pixel, theme)]
        : [])
    ],
    layout: {
      margin: { l: LEFT, r: RIGHT, t: TOP, b: BOTTOM },
      // The crosshair says what is there, and the timeline listens for clicks.
      hovermode: false,
      dragmode: 'zoom',
      shapes: [
        ...bandShapes(drawing, theme, width, headFrom(size.height)),
        ...limitShapes(lanes, theme)
      ],
      annotations: lanes.flatMap((lane, row) => [
        rowTitle(words[row].name, lane, 'left', theme),
        ...(words[row].limit
          ? [rowTitle(words[row].limit, lane, 'right', theme)]
          : [])
      ]),
      xaxis: {
        range: [...range],
        zeroline: false,
        showgrid: false,
        fixedrange: false,
        anchor: head > 0 ? axisName(lowest) : 'y',
        ticks: 'outside',
        ticklen: 4,
        tickcolor: css(theme.muted),
        tickfont: { size: SMALL },
        tickvals: ticks.map(({ x }) => x),
        ticktext: ticks.map(({ text }) => text)
      },
      // Before the first sample there is nothing to count.
      yaxis: { visible: false },
      ...Object.fromEntries([
        ...lanes.map((lane, row) => [layoutName(row), rowAxis(lane, theme)]),
        ...(head > 0 ? [[layoutName(head), headAxis(size.height)]] : []),
        ...strips.map(({ domain }, index) => [
          layoutName(head + 1 + index),
          busyAxis(domain, trans)
        ])
      ])
    } as Partial<Layout>
  };
}

/** Above a row, at one of its ends. */
function rowTitle(
  text: string,
  { domain }: ILane,
  end: 'left' | 'right',
  theme: IChartTheme
): Partial<Annotation> {
  return {
    text,
    xref: 'paper',
    yref: 'paper',
    x: end === 'left' ? 0 : 1,
    y: domain[1],
    xanchor: end,
    yanchor: 'bottom',
    showarrow: false,
    borderpad: 0,
    font: { size: SMALL, color: css(theme.muted) }
  };
}
