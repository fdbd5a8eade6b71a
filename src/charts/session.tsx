import type { Data } from 'plotly.js';
import * as React from 'react';

import { HOST } from '../record/derive';
import { formatBytes, formatBytesDelta } from '../record/units';
import type { CellRecord, Session } from '../record/_session';
import { runLabel } from '../views/run-label';
import type { ITranslate } from '../views/state';
import { deviceName, deviceOrder } from '../views/usage';
import { plotLabel } from './label';
import type { IFigure } from './plot';
import { Plot } from './plot';
import type { IChartTheme } from './theme';
import { css, DASHES } from './theme';
import { byteTicks } from './ticks';

/** Runs drawn at most, the latest. */
const RUNS = 200;

/** Memory over the session: after each run a step, and a mark at its peak. */
export function SessionTimeline(props: {
  session: Session;
  height: number;
  trans: ITranslate;
}): JSX.Element {
  const { session, trans } = props;
  const draw = React.useCallback(
    (theme: IChartTheme, width: number) => figure(session, theme, width, trans),
    [session, trans]
  );
  return (
    <Plot
      draw={draw}
      height={props.height}
      label={trans.__('Memory after each run and its peak')}
      trans={trans}
    />
  );
}

function figure(
  session: Session,
  theme: IChartTheme,
  width: number,
  trans: ITranslate
): IFigure {
  const runs = (session.cells ?? []).slice(-RUNS);
  const devices = deviceOrder(session);
  let high = 1;
  const data = devices.flatMap((device, place): Data[] => {
    const points = runs.flatMap((record, index) => {
      const entry = (record.memory ?? []).find(
        memory => memory.device === device
      );
      return entry ? [{ record, entry, index }] : [];
    });
    if (!points.some(({ entry }) => entry.peak_bytes > 0)) {
      return [];
    }
    high = Math.max(high, ...points.map(({ entry }) => entry.peak_bytes));
    const color = css(theme.series[place % theme.series.length]);
    const name = plotLabel(deviceName(device, trans), 20);
    const text = points.map(
      ({ record, entry }) =>
        `${hoverLabel(record)}<br>${name}: ` +
        trans.__(
          '%1 after (%2), peak %3',
          formatBytes(entry.allocated_after_bytes),
          formatBytesDelta(
            entry.allocated_after_bytes - entry.allocated_before_bytes
          ),
          formatBytes(entry.peak_bytes)
        )
    );
    const x = points.map(({ index }) => index);
    return [
      {
        type: 'scatter',
        mode: 'lines',
        name,
        x,
        y: points.map(({ entry }) => entry.allocated_after_bytes),
        line: {
          color,
          width: 1.5,
          shape: 'hvh',
          dash: DASHES[place % DASHES.length]
        },
        fill: device === HOST ? 'none' : 'tozeroy',
        hoverinfo: 'text',
        text
      },
      {
        type: 'scatter',
        mode: 'markers',
        name,
        x,
        y: points.map(({ entry }) => entry.peak_bytes),
        marker: {
          color,
          symbol: 'line-ew-open',
          size: 9,
          line: { width: 2, color }
        },
        hoverinfo: 'text',
        text
      }
    ];
  });
  const range: [number, number] = [0, high * 1.08];
  const step = Math.max(1, Math.ceil(runs.length / Math.max(2, width / 40)));
  const tickvals = runs
    .map((_, index) => index)
    .filter(index => index % step === 0);
  return {
    data,
    layout: {
      margin: { l: 62, r: 8, t: 6, b: 20 },
      hovermode: 'closest',
      dragmode: false,
      xaxis: {
        fixedrange: true,
        zeroline: false,
        showgrid: false,
        range: [-0.5, Math.max(runs.length - 0.5, 0.5)],
        tickvals,
        ticktext: tickvals.map(index => runLabel(runs[index]))
      },
      yaxis: {
        fixedrange: true,
        zeroline: false,
        gridcolor: css(theme.grid),
        range,
        ...byteTicks(range[0], range[1], 4)
      }
    }
  };
}

function hoverLabel(record: CellRecord): string {
  return plotLabel(
    `${runLabel(record)} ${record.source.trim().split('\n', 1)[0]}`,
    60
  );
}
