/**
 * Where the runs of a session stand on the timeline's axis. Pure.
 *
 * Widths are time, but a notebook has a run of an hour beside a hundred of a millisecond, and
 * nights between them. So that each run can be seen and clicked, none is narrower than some pixels,
 * and pauses are as wide as a gap, however long they were.
 */
import type { CellRecord } from '../record/_session';

/** What is known of a run in time; the running cell has no end yet. */
export interface ISpan {
  /** Epoch seconds. */
  readonly started: number;
  /** Seconds. */
  readonly duration: number;
}

/** A run's place on the axis, in pixels from its left end. */
export interface IBand extends ISpan {
  readonly from: number;
  readonly to: number;
}

/** Pixels that a run has at least, where there is room for it. */
const LEAST = 10;
/** Share of the axis that goes by time in any case. */
const BY_TIME = 0.5;
/** A pause shorter than this, in seconds, is none. */
const PAUSE = 1;
/** Pixels of a pause, where there is room for it. */
const GAP = 6;
/** Share of the axis that pauses may take. */
const GAPS = 0.15;
/** Share of the axis that a running cell has beside others. */
const LIVE = 0.35;
/** The first span of a running cell, in seconds; it doubles as often as need be. */
const LIVE_SPAN = 10;

/** The time of a run. */
export function spanOf({ started_at, duration_s }: CellRecord): ISpan {
  return { started: started_at, duration: Math.max(0, duration_s) };
}

/**
 * Places of runs, in the order in which they ran, on an axis of this width.
 *
 * @param live - the running cell, which has a share of its own at the end, in which time grows
 */
export function bandsOf(
  runs: readonly ISpan[],
  width: number,
  live: ISpan | null = null
): IBand[] {
  const share = live ? (runs.length > 0 ? LIVE : 1) : 0;
  const room = (1 - share) * width;
  const bands = room > 0 ? place(runs, room) : [];
  if (live) {
    bands.push({
      started: live.started,
      duration: liveSpan(live.duration),
      from: room,
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

function place(runs: readonly ISpan[], room: number): IBand[] {
  const pauses = runs.map((run, index) => {
    const before = runs[index - 1];
    return before !== undefined &&
      run.started - (before.started + before.duration) > PAUSE
      ? 1
      : 0;
  });
  const count = pauses.reduce<number>((sum, pause) => sum + pause, 0);
  const gap = count > 0 ? Math.min(GAP, (GAPS * room) / count) : 0;
  const bare = room - gap * count;
  const least = Math.min(LEAST, ((1 - BY_TIME) * bare) / runs.length);
  const time = runs.reduce((sum, { duration }) => sum + duration, 0);
  const perSecond = time > 0 ? (bare - least * runs.length) / time : 0;
  const even = time > 0 ? 0 : (bare - least * runs.length) / runs.length;
  let x = 0;
  return runs.map((run, index) => {
    const from = x + gap * pauses[index];
    x = from + least + even + perSecond * run.duration;
    return { ...run, from, to: x };
  });
}
