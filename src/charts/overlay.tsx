import type { Data } from 'plotly.js';
import * as React from 'react';

import type { ITimelineSeries } from '../record/derive';
import { mainMemory, timelineSeries } from '../record/derive';
import { formatBytes, formatBytesDelta, formatDuration } from '../record/units';
import type { CellRecord } from '../record/_session';
import { Group } from '../views/parts/section';
import { Text } from '../views/parts/text';
import type { ITranslate } from '../views/state';
import { deviceName } from '../views/parts/usage';
import { plotLabel } from './label';
import type { IFigure } from './plot';
import { Plot } from './plot';
import type { IChartTheme } from './theme';
import { css } from './theme';
import { byteTicks } from './ticks';

/** Samples that make a line worth drawing. */
const DRAWN_FROM = 3;
/** Devices drawn at most, each in a chart of its own. */
const CHARTS = 3;
/** Pixels. */
const HEIGHT = 130;
/** Range of the vertical axis at least. Bytes. */
const MIN_RANGE = 4 << 20;

/** Memory of two runs over their time, from the start of each: one chart for each device. */
export function RunOverlay(props: {
  before: CellRecord;
  after: CellRecord;
  names: { readonly before: string; readonly after: string };
  /** Devices in the order that gives them their colours. */
  devices: readonly string[];
  trans: ITranslate;
}): JSX.Element {
  const { before, after, names, devices, trans } = props;
  const lines = React.useMemo(() => overlays(before, after), [before, after]);
  return (
    <Group
      title={trans.__('Change of memory over time')}
      className="jp-Torchprof-overlay"
    >
      {lines.length === 0 ? (
        <p className="jp-Torchprof-muted">
          {trans.__('The runs were too short for samples.')}
        </p>
      ) : (
        <>
          <p className="jp-Torchprof-overlayLegend jp-Torchprof-muted">
            <LegendLine dashed />
            <Text value={names.before} length={40} />
            <LegendLine />
            <Text value={names.after} length={40} />
          </p>
          {lines.map(line => (
            <figure key={line.device}>
              <figcaption>
                <Text value={deviceName(line.device, trans)} length={60} />
              </figcaption>
              <Overlay
                line={line}
                place={Math.max(0, devices.indexOf(line.device))}
                trans={trans}
              />
            </figure>
          ))}
        </>
      )}
    </Group>
  );
}

function LegendLine(props: { dashed?: boolean }): JSX.Element {
  return (
    <svg width="24" height="8" aria-hidden="true" focusable="false">
      <path
        d="M1 4h22"
        stroke="currentColor"
        strokeWidth="2"
        strokeDasharray={props.dashed ? '4 3' : undefined}
      />
    </svg>
  );
}

/** One device in both runs. */
interface IOverlay {
  readonly device: string;
  readonly before: ITimelineSeries | null;
  readonly after: ITimelineSeries | null;
}

/** The device that the work is on first. */
function overlays(before: CellRecord, after: CellRecord): IOverlay[] {
  const [old, now] = [before, after].map(({ samples = [] }) =>
    samples.length < DRAWN_FROM ? [] : timelineSeries(samples)
  );
  const main = mainMemory(after)?.device;
  const devices = [...new Set([...now, ...old].map(({ device }) => device))];
  const find = (lines: readonly ITimelineSeries[], device: string) =>
    lines.find(line => line.device === device) ?? null;
  return devices
    .sort((a, b) => Number(b === main) - Number(a === main))
    .map(device => ({
      device,
      before: find(old, device),
      after: find(now, device)
    }))
    .filter(({ before, after }) => moves(before) || moves(after))
    .slice(0, CHARTS);
}

function moves(line: ITimelineSeries | null): boolean {
  return line !== null && line.bytes.some(value => value !== line.bytes[0]);
}

function Overlay(props: {
  line: IOverlay;
  place: number;
  trans: ITranslate;
}): JSX.Element {
  const { line, place, trans } = props;
  const draw = React.useCallback(
    (theme: IChartTheme, width: number) =>
      figure(line, place, theme, width, trans),
    [line, place, trans]
  );
  return (
    <Plot
      draw={draw}
      height={HEIGHT}
      label={trans.__(
        'Change of memory of %1 in both runs',
        deviceName(line.device, trans)
      )}
      trans={trans}
    />
  );
}

function figure(
  { before, after }: IOverlay,
  place: number,
  theme: IChartTheme,
  width: number,
  trans: ITranslate
): IFigure {
  let low = 0;
  let high = MIN_RANGE;
  let end = 0.1;
  const trace = (
    line: ITimelineSeries | null,
    name: string,
    style: { color: string; width: number; dash: 'solid' | 'dash' }
  ): Data[] => {
    if (!line) {
      return [];
    }
    const change = line.bytes.map(value => value - line.bytes[0]);
    for (const value of change) {
      low = Math.min(low, value);
      high = Math.max(high, value);
    }
    end = Math.max(end, line.t_s[line.t_s.length - 1]);
    return [
      {
        type: 'scatter',
        mode: 'lines',
        name,
        x: line.t_s,
        y: change,
        line: style,
        hoverinfo: 'text',
        text: change.map(
          (value, i) =>
            `${plotLabel(name, 20)} ${formatDuration(line.t_s[i])}` +
            `<br>${formatBytesDelta(value)} (${formatBytes(line.bytes[i])})`
        )
      }
    ];
  };
  const data = [
    ...trace(before, trans.__('before'), {
      color: css(theme.muted),
      width: 1.5,
      dash: 'dash'
    }),
    ...trace(after, trans.__('after'), {
      color: css(theme.series[place % theme.series.length]),
      width: 2,
      dash: 'solid'
    })
  ];
  const pad = 0.06 * (high - low);
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
        range: [0, end],
        nticks: Math.max(3, Math.floor(width / 90)),
        ticksuffix: ' s'
      },
      yaxis: {
        fixedrange: true,
        zeroline: false,
        gridcolor: css(theme.grid),
        range: [low - pad, high + pad],
        ...byteTicks(low - pad, high + pad, 4, formatBytesDelta)
      }
    }
  };
}
