/** For how long a cell has been running: one clock for all places that say so. */
import { formatDuration } from '../../record/units';
import type { IRunning } from '../state';

/**
 * Seconds since the cell began: of the kernel's clock up to its last sample, and of ours after it,
 * since a cell that is deep in a library may let no sample through.
 *
 * @param now - of the page's clock, in milliseconds
 */
export function elapsedOf(
  { samples, seen }: IRunning,
  now = performance.now()
): number {
  const at = samples[samples.length - 1]?.t_s ?? 0;
  const since = seen === undefined ? 0 : Math.max(0, now - seen) / 1000;
  return (Number.isFinite(at) ? at : 0) + since;
}

/** In whole seconds from the first on: tenths would make it restless. */
export function elapsedWords(seconds: number): string {
  return formatDuration(Math.max(1, Math.floor(seconds)));
}

/** Milliseconds in which a sample may come that has them drawn with all else. */
const LATE = 300;

/** Milliseconds until words that no sample has changed are due, everywhere at once. */
export function untilNextSecond(seconds: number): number {
  return 1000 * (Math.floor(seconds) + 1 - seconds) + LATE;
}
