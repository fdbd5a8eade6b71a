import type { Data, Layout } from 'plotly.js';
import * as React from 'react';

import { timelineSeries } from '../record/derive';
import { cellLine } from '../record/places';
import { formatBytes, formatBytesDelta, formatDuration } from '../record/units';
import type { CellRecord, Sample } from '../record/_session';
import type { ITranslate } from '../views/state';
import { deviceName } from '../views/parts/usage';
import { plotLabel } from './label';
import type { IFigure } from './plot';
import { Plot } from './plot';
import type { IChartTheme } from './theme';
import { css, DASHES } from './theme';
import { byteTicks } from './ticks';

/** Range of the vertical axis at least: what is smaller is the noise of an interpreter. Bytes. */
const MIN_RANGE = 4 << 20;

/**
 * Memory of one run over its time, as change since its start: host and devices differ by orders of
 * magnitude in what they held before, what the cell does to them is comparable.
 */
export function Timeline(props: {
  record: CellRecord;
  /** Devices in the order that gives them their colours. */
  devices: readonly string[];
  height: number;
  trans: ITranslate;
}): JSX.Element {
  const { record, devices, trans } = props;
  const draw = React.useCallback(
    (theme: IChartTheme, width: number) =>
      figure(record, devices, theme, width, trans),
    [record, devices, trans]
  );
  return (
    <Plot
      draw={draw}
      height={props.height}
      label={trans.__('Change of memory while the cell runs')}
      trans={trans}
    />
  );
}

function figure(
  record: CellRecord,
  devices: readonly string[],
  theme: IChartTheme,
  width: number,
  trans: ITranslate
): IFigure {
  let low = 0;
  let high = MIN_RANGE;
  const samples = record.samples ?? [];
  const lines = samples.map(({ place }) => {
    const line = cellLine(record, place);
    return line === null ? '' : trans.__('line %1', line);
  });
  const data = timelineSeries(samples).map(({ device, t_s, bytes }): Data => {
    const place = Math.max(0, devices.indexOf(device)) % theme.series.length;
    const change = bytes.map(value => value - bytes[0]);
    for (const value of change) {
      low = Math.min(low, value);
      high = Math.max(high, value);
    }
    const name = plotLabel(deviceName(device, trans), 20);
    return {
      type: 'scatter',
      mode: 'lines',
      name,
      x: t_s,
      y: change,
      line: {
        color: css(theme.series[place]),
        width: 1.5,
        dash: DASHES[place]
      },
      hoverinfo: 'text',
      text: bytes.map(
        (value, i) =>
          `${name} ${formatBytes(value)} (${formatBytesDelta(change[i])})` +
          `<br>${formatDuration(t_s[i])} ${lines[i]}`
      )
    };
  });
  const pad = 0.06 * (high - low);
  return {
    data,
    layout: layout(samples, [low - pad, high + pad], theme, width)
  };
}

function layout(
  samples: readonly Sample[],
  range: [number, number],
  theme: IChartTheme,
  width: number
): Partial<Layout> {
  const end = samples[samples.length - 1]?.t_s ?? 0;
  const axis = {
    fixedrange: true,
    zeroline: false,
    gridcolor: css(theme.grid),
    automargin: false
  };
  return {
    margin: { l: 62, r: 8, t: 6, b: 20 },
    hovermode: 'closest',
    dragmode: false,
    xaxis: {
      ...axis,
      range: [0, Math.max(1, end)],
      nticks: Math.max(3, Math.floor(width / 90)),
      ticksuffix: ' s',
      showgrid: false
    },
    yaxis: {
      ...axis,
      range,
      ...byteTicks(range[0], range[1], 4, formatBytesDelta)
    }
  };
}
