/**
 * What more or less time was spent for in another run: data, forward, backward and so on. Its twin
 * is `comparison/phases.py`, and one fixture holds both to the same. What is noise is said where
 * places are compared, whose looks these are as well. Pure.
 */
import { isChance } from './noise';
import type { Phase } from './phases';
import { phaseShares } from './phases';
import type { CellRecord } from './_session';

/** A phase that took another time. Seconds. */
export interface IPhaseChange {
  readonly phase: Phase;
  readonly before: number;
  readonly after: number;
}

interface ISum {
  before: number;
  after: number;
  variance: number;
}

/**
 * The phases whose time changed by more than noise, what changed most first.
 *
 * @param pairs - runs of a cell, the earlier one first; those of which one did not end well or has
 * no phases are left out
 */
export function phaseChanges(
  pairs: readonly (readonly [CellRecord, CellRecord])[]
): IPhaseChange[] {
  const sums = new Map<Phase, ISum>();
  for (const [before, after] of pairs) {
    const [old, now] = [sharesOf(before), sharesOf(after)];
    if (old.size > 0 && now.size > 0) {
      for (const phase of new Set([...old.keys(), ...now.keys()])) {
        const sum = sums.get(phase) ?? { before: 0, after: 0, variance: 0 };
        const [one, other] = [old.get(phase) ?? 0, now.get(phase) ?? 0];
        sum.before += before.duration_s * one;
        sum.after += after.duration_s * other;
        sum.variance += varianceOf(before, one) + varianceOf(after, other);
        sums.set(phase, sum);
      }
    }
  }
  return [...sums]
    .filter(
      ([, { before, after, variance }]) => !isChance(before, after, variance)
    )
    .map(([phase, { before, after }]) => ({ phase, before, after }))
    .sort(
      (a, b) => Math.abs(b.after - b.before) - Math.abs(a.after - a.before)
    );
}

/** Shares by phase; empty where the run tells none. */
function sharesOf(record: CellRecord): Map<Phase, number> {
  const shares = record.status === 'ok' ? phaseShares(record) : [];
  return new Map(shares.map(({ phase, share }) => [phase, share]));
}

/** Of a phase's seconds, by the chance with which a look meets it. */
function varianceOf(record: CellRecord, share: number): number {
  const looks = Math.max(record.stack_samples ?? 0, 1);
  const likely = (share * looks + 1) / (looks + 2);
  return (record.duration_s ** 2 * likely * (1 - likely)) / looks;
}
