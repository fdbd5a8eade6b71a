/** What was tried on work that a deep profile has recorded; no DOM. */
import type { DeepReplay, DeepWork } from './_session';

/** About two standard errors of a median, in halves of the distance between quartiles. */
const NOISE = 4;

/** What was measured of an alternative the last; `undefined`: it was not tried. */
export function replayOf(
  work: DeepWork,
  alternative: string
): DeepReplay | undefined {
  return (work.replays ?? []).find(each => each.alternative === alternative);
}

/**
 * How many times faster the other way was, below 1: slower; 1 within the noise. The twin of
 * `advice/evidence/deep.py`.
 */
export function speedup(replay: DeepReplay): number {
  const { original_s, alternative_s } = replay;
  const spread = replay.original_spread_s + replay.alternative_spread_s;
  const noise = (NOISE * spread) / Math.sqrt(replay.rounds);
  return Math.abs(original_s - alternative_s) <= noise || alternative_s <= 0
    ? 1
    : original_s / alternative_s;
}

/** Seconds of the window: forward and, of an attention, its backward. */
export function workSeconds(work: DeepWork): number {
  return work.total_s + (work.backward_s ?? 0);
}
