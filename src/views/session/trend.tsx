import * as React from 'react';

import { visiblePoints } from '../../charts/downsample';
import { runDigest, sampledBytes } from '../../charts/digest';
import { formatBytes, formatDuration } from '../../record/units';
import type { CellRecord, Session } from '../../record/_session';
import { oncePer } from '../../record/once';
import type { IRunning, ITranslate } from '../state';

/** Memory of one device of late: seconds before the last that is known, and bytes. */
export interface ITrend {
  readonly ago: readonly number[];
  readonly bytes: readonly number[];
}

/** Seconds that the line goes back. */
export const TREND_SPAN = 300;
/** Seconds that it takes for it at least. */
const LEAST_SPAN = 20;
/** Units of the drawing, which takes what room there is. */
const WIDTH = 64;
const HEIGHT = 16;
/** Range at least, in bytes: what is smaller is the noise of an interpreter. */
const MIN_RANGE = 4 << 20;

/**
 * The last minutes of a device, from runs and the samples of the running cell, oldest first; at
 * most two points for each unit of the drawing. Empty where nothing is known of it.
 */
export function deviceTrend(
  session: Session,
  running: IRunning | null,
  device: string
): ITrend {
  const cells = session.cells ?? NO_CELLS;
  const last = cells[cells.length - 1];
  const sample = running?.samples[running.samples.length - 1];
  const now =
    running && sample
      ? running.cell.started_at + sample.t_s
      : (last?.started_at ?? 0) + (last?.duration_s ?? 0);
  const past = pastOf(cells)(device, now);
  const times = [...past.times];
  const bytes = [...past.bytes];
  for (const each of running?.samples ?? []) {
    const value = sampledBytes(each, device);
    if (running && value !== null) {
      add({ times, bytes }, running.cell.started_at + each.t_s, value);
    }
  }
  return within(times, bytes, now);
}

interface IPoints {
  readonly times: number[];
  readonly bytes: number[];
}

const NO_CELLS: readonly CellRecord[] = [];

/** What runs tell of a device: looked at once, and not again with each sample that follows. */
const pastOf = oncePer((cells: readonly CellRecord[]) => {
  const known = new Map<string, IPoints>();
  return (device: string, now: number): IPoints => {
    const points = known.get(device) ?? pastPoints(cells, device, now);
    known.set(device, points);
    return points;
  };
});

function add({ times, bytes }: IPoints, time: number, value: number): void {
  // Clocks are set back, and records come from elsewhere.
  times.push(Math.max(time, times[times.length - 1] ?? -Infinity));
  bytes.push(value);
}

function pastPoints(
  cells: readonly CellRecord[],
  device: string,
  now: number
): IPoints {
  const points: IPoints = { times: [], bytes: [] };
  // What the run before has left is where the line begins.
  const first = Math.max(0, firstSince(cells, now - TREND_SPAN) - 1);
  for (const record of cells.slice(first)) {
    const entry = (record.memory ?? []).find(
      memory => memory.device === device
    );
    if (!entry || record.former) {
      continue;
    }
    const { started_at, duration_s } = record;
    const width = (WIDTH * duration_s) / TREND_SPAN;
    const { t, y } = runDigest(record, device, duration_s, width);
    add(points, started_at, entry.allocated_before_bytes);
    t.forEach((seconds, index) => add(points, started_at + seconds, y[index]));
    add(points, started_at + duration_s, entry.allocated_after_bytes);
  }
  return points;
}

/** Index of the first of the last runs that ended after this time. */
function firstSince(
  cells: readonly { started_at: number; duration_s: number }[],
  time: number
): number {
  let first = cells.length;
  while (
    first > 0 &&
    cells[first - 1].started_at + cells[first - 1].duration_s >= time
  ) {
    first--;
  }
  return first;
}

function within(
  times: readonly number[],
  bytes: readonly number[],
  now: number
): ITrend {
  const begin = now - TREND_SPAN;
  const found = times.findIndex(time => time >= begin);
  const start = found < 0 ? times.length : found;
  const x = times.slice(start);
  const y = bytes.slice(start);
  if (start > 0) {
    x.unshift(begin);
    y.unshift(bytes[start - 1]);
  }
  const kept = visiblePoints({ x, y }, spanOf(now - x[0]) / WIDTH);
  return {
    ago: kept.map(index => Math.max(0, now - x[index])),
    bytes: kept.map(index => y[index])
  };
}

/** Seconds that the width stands for: a young session fills it too. */
function spanOf(age = 0): number {
  return Math.min(TREND_SPAN, Math.max(LEAST_SPAN, age));
}

/** A line from zero to the highest; its numbers in words for those who can't see it, and on hover. */
export function Trend(props: {
  trend: ITrend;
  label: string;
  trans: ITranslate;
}): JSX.Element {
  const { trend, label, trans } = props;
  const { ago, bytes } = trend;
  const known = bytes.length > 1;
  const words = known
    ? trans.__(
        '%1 in the last %2: between %3 and %4',
        label,
        formatDuration(Math.min(TREND_SPAN, Math.max(1, ago[0]))),
        formatBytes(Math.min(...bytes)),
        formatBytes(Math.max(...bytes))
      )
    : undefined;
  const top = 1.1 * Math.max(MIN_RANGE, ...bytes);
  const span = spanOf(ago[0]);
  const points = bytes.map((value, index) => {
    const x = WIDTH * (1 - Math.min(1, ago[index] / span));
    return `${x.toFixed(1)} ${(HEIGHT * (1 - value / top)).toFixed(1)}`;
  });
  const first = points[0]?.split(' ')[0];
  return (
    <span
      className="jp-Torchprof-trend"
      role={known ? 'img' : undefined}
      aria-label={words}
      title={words}
    >
      {known && (
        <svg
          viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
          preserveAspectRatio="none"
          aria-hidden="true"
          focusable="false"
        >
          <path
            className="jp-Torchprof-trendArea"
            d={`M${first} ${HEIGHT}L${points.join('L')}L${WIDTH} ${HEIGHT}Z`}
          />
          <path
            className="jp-Torchprof-trendLine"
            d={`M${points.join('L')}`}
            vectorEffect="non-scaling-stroke"
          />
        </svg>
      )}
    </span>
  );
}
