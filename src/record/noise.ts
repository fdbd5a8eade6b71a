/** Which differences are more than the noise of their measurement. Pure. */
import { HOST } from './derive';
import type { MemoryEntry } from './_session';

/** Less is better. */
export type Verdict = 'better' | 'worse' | 'same';

/** How often a source ran, and how long that took, in seconds. */
export interface ITiming {
  readonly runs: number;
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** Two times of single runs that differ by less than this share are the same. */
export const SAME_TIME = 0.1;
/** So are medians. */
const SAME_MEDIAN = 0.05;
/** Below this, times are the noise of an interpreter. Seconds. */
export const SHORT = 0.01;
/** A difference of fewer standard errors is chance: some times are compared at once. */
const ERRORS = 3;
/** Memory of the process moves by this much by itself. Bytes. */
export const HOST_NOISE = 8 << 20;
export const DEVICE_NOISE = 64 << 10;
/** Of a memory that was sampled, or is the process's. */
const SAME_MEMORY = 0.01;

/** Less is not worth a number where a run is told in one line. Bytes. */
const QUIET = 1 << 20;
/** So is less time. Seconds. */
export const QUIET_SECONDS = 0.05;
/** Nor is less than this share of the device. */
const QUIET_SHARE = 1e-4;

/** What of this device's memory is too little to be told where there is one line. Bytes. */
export function quietBytes(entry: Pick<MemoryEntry, 'total_bytes'>): number {
  return Math.max(QUIET, quietShare(entry));
}

/** The share of this device's memory that is too little to be told. Bytes. */
export function quietShare({
  total_bytes
}: Pick<MemoryEntry, 'total_bytes'>): number {
  return QUIET_SHARE * (total_bytes ?? 0);
}

/** Less is better, and less than `noise` is nothing. */
export function judge(change: number | null, noise: number): Verdict | null {
  if (change === null) {
    return null;
  }
  return Math.abs(change) <= noise ? 'same' : change < 0 ? 'better' : 'worse';
}

/** Where both ran several times, their ranges must lie apart to differ. */
export function judgeTime(before: ITiming, after: ITiming): Verdict {
  const several = before.runs > 1 && after.runs > 1;
  const share = several ? SAME_MEDIAN : SAME_TIME;
  const overlap = several && before.min <= after.max && after.min <= before.max;
  const noise = Math.max(SHORT, share * before.median);
  return overlap ? 'same' : judge(after.median - before.median, noise)!;
}

/**
 * Whether times that were told by looks may differ as much by chance. Seconds; `variance` is that
 * of their difference.
 */
export function isChance(
  before: number,
  after: number,
  variance: number
): boolean {
  const noise = Math.max(
    SHORT,
    SAME_TIME * Math.max(before, after),
    ERRORS * Math.sqrt(variance)
  );
  return Math.abs(after - before) <= noise;
}

/** The allocator of a device counts exactly; the process's memory and samples do not. */
export function memoryNoise(
  device: string,
  before: MemoryEntry | null,
  after: MemoryEntry | null
): number {
  const exact = before?.peak_is === 'exact' && after?.peak_is === 'exact';
  const share = device !== HOST && exact ? 0 : SAME_MEMORY;
  return Math.max(
    device === HOST ? HOST_NOISE : DEVICE_NOISE,
    share * (before?.peak_bytes ?? 0)
  );
}
