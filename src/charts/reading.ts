/** What the session's timeline shows at one moment, on every device. Pure. */
import type { CellRecord, CellStarted } from '../record/_session';
import type { IBand } from './bands';
import { bandAt, secondsAt } from './bands';
import type { IBusyCurve } from './busy';
import type { ILane } from './lanes';
import { isPause } from './scales';
import type { IDeviceCurve } from './session-curves';

/** The axis of a drawing, in its pixels, and what stands on it. */
export interface IAxis {
  /** Of the whole axis. */
  readonly width: number;
  /** Of the chart, in pixels of the screen. */
  readonly height: number;
  readonly range: readonly [number, number];
  readonly runs: readonly (CellRecord | CellStarted)[];
  readonly bands: readonly IBand[];
  readonly curves: readonly IDeviceCurve[];
  readonly lanes: readonly ILane[];
  readonly busy: readonly IBusyCurve[];
}

/** Nothing was drawn. */
export const NO_AXIS: IAxis = {
  width: 1,
  height: 1,
  range: [0, 1],
  runs: [],
  bands: [],
  curves: [],
  lanes: [],
  busy: []
};

/** One device at a moment. */
export interface IDeviceReading {
  readonly device: string;
  /** As it was seen nearest to the moment. */
  readonly bytes: number;
  /** Share of the time, 0 to 1; `null`: nobody knows. */
  readonly busy: number | null;
}

/** A moment. */
export interface IReading {
  readonly run: CellRecord | CellStarted;
  /** Since the run began. */
  readonly seconds: number;
  /** Line that was running; `null`: not known. */
  readonly line: number | null;
  /** Seconds of the pause that the moment is in; `null`: a cell ran. */
  readonly pause: number | null;
  readonly devices: readonly IDeviceReading[];
}

/**
 * The moment at a place of the axis; `null`: nothing ran there, or not yet.
 *
 * @param x - in pixels of the axis
 */
export function readingAt(x: number, axis: IAxis): IReading | null {
  const { bands, curves, busy, runs } = axis;
  const index = bandAt(bands, x);
  const band = bands[index];
  const run = runs[index];
  if (!band || !run || isBeyond(x, index, axis)) {
    return null;
  }
  const points = curves.map(curve => ({
    curve,
    at: nearest(curve, x, index)
  }));
  return {
    run,
    seconds: secondsAt(band, x),
    line: points.map(({ curve, at }) => curve.line[at]).find(isKnown) ?? null,
    pause: pauseAt(x, bands),
    devices: points.flatMap(({ curve: { device, y }, at }) =>
      at < 0 ? [] : [{ device, bytes: y[at], busy: busyAt(x, device, busy) }]
    )
  };
}

/** Where a run's memory was highest, the accelerators' before the host's; else its middle. */
export function tellingPlace(index: number, { bands, curves }: IAxis): number {
  const { from, to } = bands[index];
  const peaks = curves.flatMap(({ peaks }) =>
    peaks.filter(({ run }) => run === index)
  );
  return peaks[peaks.length - 1]?.x ?? (from + to) / 2;
}

/** After the last run, or after what the running cell has come to. */
function isBeyond(
  x: number,
  index: number,
  { bands, runs, curves }: IAxis
): boolean {
  if (index < bands.length - 1) {
    return false;
  }
  const run = runs[index];
  const end =
    'duration_s' in run
      ? bands[index].to
      : Math.max(
          bands[index].from,
          ...curves.map(curve => curve.x[curve.x.length - 1] ?? 0)
        );
  return x > end + 1;
}

/** Index of the point of a run that is nearest to a place, or of the last before it; -1: none. */
function nearest(
  { x, run }: IDeviceCurve,
  place: number,
  index: number
): number {
  let low = 0;
  let high = x.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (x[middle] <= place) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  const [before, after] = [low - 1, low];
  const isOf = (at: number) => at >= 0 && at < x.length && run[at] === index;
  if (isOf(before) && isOf(after)) {
    return place - x[before] <= x[after] - place ? before : after;
  }
  // What a later run had says nothing of this one.
  return isOf(after) ? after : before;
}

function busyAt(
  x: number,
  device: string,
  curves: readonly IBusyCurve[]
): number | null {
  const curve = curves.find(each => each.device === device);
  let found: number | null = null;
  for (let at = 0; curve && at < curve.x.length && curve.x[at] <= x; at++) {
    found = curve.y[at];
  }
  return found;
}

function pauseAt(x: number, bands: readonly IBand[]): number | null {
  for (const at of [bandAt(bands, x), bandAt(bands, x) + 1]) {
    const [before, after] = [bands[at - 1], bands[at]];
    if (before && after && x > before.to && x < after.from) {
      return isPause(before, after)
        ? after.started - before.started - before.duration
        : null;
    }
  }
  return null;
}

function isKnown(line: number | null | undefined): line is number {
  return typeof line === 'number';
}
