/**
 * How long a run waited for data: the one definition for badges, details, comparisons and advice.
 *
 * A loader is waited for while it starts, and for each batch; as a share it is one of the run's
 * time, like those of the phases. Its twin is `waited_s` in `advice/evidence/loaders.py`. Pure.
 */
import type { CellRecord, DataLoading } from './_session';

/** Seconds that a run waited for a loader. */
export function waitedFor({
  startup_s,
  wait_s
}: Pick<DataLoading, 'startup_s' | 'wait_s'>): number {
  return startup_s + wait_s;
}

/** Seconds in which the loop over a loader worked on its batches, the last one left out. */
export function workedOn({ loop_s, wait_s }: DataLoading): number {
  return Math.max(0, (loop_s ?? 0) - wait_s);
}

/** What these seconds are of a run's time, 0 to 1; `null`: it took none. */
export function shareOfRun(
  seconds: number,
  { duration_s }: Pick<CellRecord, 'duration_s'>
): number | null {
  return duration_s > 0 ? Math.min(1, seconds / duration_s) : null;
}
