/**
 * Where the runs of a session stand on the timeline's axis. Pure.
 *
 * Widths are time, but a notebook has a run of an hour beside a hundred of a millisecond, and
 * nights between them. So that each run can be seen and clicked, none is narrower than some pixels,
 * and pauses are as wide as a gap, however long they were.
 *
 * While a session grows, its scale has few steps, and what comes next has room at the end: a run
 * that begins or ends leaves those before it where they are, unless the scale takes its next step.
 */
import type { CellRecord } from '../record/_session';
import type { IScale, ISpan } from './scales';
import { equalScale, gapOf, isPause, steppedScale, wholeScale } from './scales';

/** A run's place on the axis, in pixels from its left end. */
export interface IBand extends ISpan {
  readonly from: number;
  readonly to: number;
}

/** What decides about an axis beside the runs. */
export interface IAxisKind {
  /** The running cell, which has what is left at the end; its time grows. */
  readonly live?: ISpan | null;
  /** Runs will follow: they have room at the end, and those before keep their places. */
  readonly grows?: boolean;
  /** All runs are as wide, whatever they took. */
  readonly isEqual?: boolean;
}

/** Share of the axis that what comes next has at least. */
const NEXT = 0.25;
/** The first span of a running cell, in seconds; it doubles as often as need be. */
const LIVE_SPAN = 10;

/** The time of a run. */
export function spanOf({ started_at, duration_s }: CellRecord): ISpan {
  return { started: started_at, duration: Math.max(0, duration_s) };
}

/** Places of runs, in the order in which they ran, on an axis of this width in pixels. */
export function bandsOf(
  runs: readonly ISpan[],
  width: number,
  kind: IAxisKind = {}
): IBand[] {
  const { live = null, grows = live !== null, isEqual = false } = kind;
  const room = grows ? (1 - NEXT) * width : width;
  const scale = isEqual ? equalScale : grows ? steppedScale : wholeScale;
  const bands =
    runs.length > 0 && room > 0 ? place(runs, scale(runs, room, grows)) : [];
  if (live) {
    const last = bands[bands.length - 1];
    const end = last?.to ?? 0;
    bands.push({
      started: live.started,
      duration: liveSpan(live.duration),
      from: last && isPause(last, live) ? end + gapOf(runs, room, true) : end,
      to: width
    });
  }
  return bands;
}

/** Seconds that the place of a running cell stands for: a round number that it has not filled. */
export function liveSpan(elapsed: number): number {
  const doublings = Math.max(
    0,
    Math.ceil(Math.log2(Math.max(elapsed, 1e-3) / LIVE_SPAN))
  );
  return LIVE_SPAN * 2 ** doublings;
}

/** Where a moment of a run stands, in pixels. */
export function xOf(band: IBand, seconds: number): number {
  const share = band.duration > 0 ? seconds / band.duration : 0;
  return band.from + Math.min(1, Math.max(0, share)) * (band.to - band.from);
}

/** Which moment of a run stands at a place, in seconds since it began. */
export function secondsAt(band: IBand, x: number): number {
  const width = band.to - band.from;
  const share = width > 0 ? (x - band.from) / width : 0;
  return Math.min(1, Math.max(0, share)) * band.duration;
}

/** Which run stands at a place, or the nearest one; -1 without runs. */
export function bandAt(bands: readonly IBand[], x: number): number {
  let low = 0;
  let high = bands.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    const border = (bands[middle].to + bands[middle + 1].from) / 2;
    if (x > border) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return high;
}

function place(
  runs: readonly ISpan[],
  { least, perSecond, gap }: IScale
): IBand[] {
  let x = 0;
  return runs.map((run, index) => {
    const before = runs[index - 1];
    const from = before && isPause(before, run) ? x + gap : x;
    x = from + least + perSecond * run.duration;
    return { ...run, from, to: x };
  });
}
