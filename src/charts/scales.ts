/** How many pixels of the timeline's axis runs and pauses take. Pure. */

/** What is known of a run in time; the running cell has no end yet. */
export interface ISpan {
  /** Epoch seconds. */
  readonly started: number;
  /** Seconds. */
  readonly duration: number;
}

/** Pixels that a run has at least, where there is room for it. */
const LEAST = 10;
/** The same of the first runs of a session, which have more room. */
const LEAST_AT_FIRST = 40;
/** Share of the axis that goes by time in any case. */
const BY_TIME = 0.5;
/** A pause shorter than this, in seconds, is none. */
const PAUSE = 1;
/** Pixels of a pause, where there is room for it. */
const GAP = 6;
/** Share of the axis that pauses may take. */
const GAPS = 0.15;
/** Pixels of a second at most, while a session grows: a second is no long run. */
const LARGEST_SCALE = 64;
/** Pixels of a run at most, where all are as wide and more will follow. */
const WIDEST = 96;

/** Whether the axis is cut between two runs. */
export function isPause(before: ISpan, after: ISpan): boolean {
  return after.started - (before.started + before.duration) > PAUSE;
}

/** Pixels. */
export interface IScale {
  /** Of a run, whatever it took. */
  readonly least: number;
  readonly perSecond: number;
  readonly gap: number;
}

/** Runs that take all the room. */
export function wholeScale(runs: readonly ISpan[], room: number): IScale {
  const gap = gapOf(runs, room, false);
  const bare = room - gap * countPauses(runs);
  const least = Math.min(LEAST, ((1 - BY_TIME) * bare) / runs.length);
  const time = timeOf(runs);
  return time > 0
    ? { gap, least, perSecond: (bare - least * runs.length) / time }
    : { gap, least: bare / runs.length, perSecond: 0 };
}

/** A scale of few steps, so that one run more seldom changes it. */
export function steppedScale(runs: readonly ISpan[], room: number): IScale {
  const gap = gapOf(runs, room, true);
  const most = ((1 - BY_TIME) * room) / runs.length;
  const least = LEAST_AT_FIRST * stepped(most / LEAST_AT_FIRST, 1, 1);
  const rest = room - gap * countPauses(runs) - least * runs.length;
  const time = timeOf(runs);
  const perSecond =
    time > 0 ? Math.min(LARGEST_SCALE, stepped(rest / time)) : 0;
  return { gap, least, perSecond };
}

/** Runs that are as wide, whatever they took. */
export function equalScale(
  runs: readonly ISpan[],
  room: number,
  grows: boolean
): IScale {
  const gap = gapOf(runs, room, grows);
  const each = (room - gap * countPauses(runs)) / runs.length;
  return {
    gap,
    least: grows ? Math.min(WIDEST, stepped(each)) : each,
    perSecond: 0
  };
}

/**
 * The largest step that is not above a value.
 *
 * @param steps - in each doubling
 */
function stepped(value: number, most = Infinity, steps = 2): number {
  return value > 0
    ? Math.min(most, 2 ** (Math.floor(steps * Math.log2(value)) / steps))
    : 0;
}

/** Pixels of a pause. */
export function gapOf(
  runs: readonly ISpan[],
  room: number,
  isStepped: boolean
): number {
  const most = (GAPS * room) / Math.max(1, countPauses(runs));
  return isStepped ? GAP * stepped(most / GAP, 1, 1) : Math.min(GAP, most);
}

function countPauses(runs: readonly ISpan[]): number {
  let count = 0;
  for (let index = 1; index < runs.length; index++) {
    count += isPause(runs[index - 1], runs[index]) ? 1 : 0;
  }
  return count;
}

/** Of all runs together, in seconds. */
function timeOf(runs: readonly ISpan[]): number {
  return runs.reduce((sum, { duration }) => sum + duration, 0);
}
