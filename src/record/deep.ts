/** What a deep profile says in numbers. Pure; its twin is `deliver/deep.py`. */
import { PHASES } from './phases';
import type { Phase, IPhaseShare } from './phases';
import type { DeepProfile, DeepStep } from './_session';

/** A smaller share is not told. */
const LEAST = 0.005;

/** Seconds of all steps together. */
export function recordedSeconds({ steps }: DeepProfile): number {
  return (steps ?? []).reduce((sum, { duration_s }) => sum + duration_s, 0);
}

/** Shares of the recorded time by phase, the largest first. */
export function deepShares(deep: DeepProfile): IPhaseShare[] {
  const whole = recordedSeconds(deep);
  return PHASES.map(phase => ({
    phase,
    share:
      whole === 0
        ? 0
        : (deep.steps ?? []).reduce(
            (sum, step) => sum + deepPhase(step, phase),
            0
          ) / whole
  }))
    .filter(({ share }) => share >= LEAST)
    .sort((a, b) => b.share - a.share);
}

/** Shares of one step, in the order in which phases are told. */
export function stepShares(step: DeepStep): IPhaseShare[] {
  return PHASES.map(phase => ({
    phase,
    share: step.duration_s > 0 ? deepPhase(step, phase) / step.duration_s : 0
  })).filter(({ share }) => share > 0);
}

/** Seconds of the step in the middle; of two, between both. */
export function medianStep({ steps }: DeepProfile): number {
  const sorted = (steps ?? [])
    .map(({ duration_s }) => duration_s)
    .sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1
    ? sorted[middle]
    : sorted.length === 0
      ? 0
      : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** Seconds of a step that were spent for a phase. */
export function deepPhase({ phases }: DeepStep, phase: Phase): number {
  const seconds = phases?.[phase];
  return typeof seconds === 'number' && seconds > 0 ? seconds : 0;
}
