/** What a run's time was spent for: its phases, made safe. Its twin is `deliver/phases.py`. Pure. */
import type { IPlaceNode } from './places';
import { placeTree } from './places';
import type { CellRecord } from './_session';

/** In the order in which they are told; what is none of the others comes last. */
export const PHASES = [
  'data',
  'forward',
  'backward',
  'optimizer',
  'evaluation',
  'saving',
  'other'
] as const;

/** Name of a phase. */
export type Phase = (typeof PHASES)[number];

/** A smaller share is not told. */
const LEAST = 0.005;
/** The call that had this part of the looks is named. */
const MOSTLY = 0.8;

/** A phase, and its share of the run's time, 0 to 1. */
export interface IPhaseShare {
  readonly phase: Phase;
  readonly share: number;
}

/** The phases of a run, the rest last; none if they are not known. */
export function phaseShares({
  phases
}: Pick<CellRecord, 'phases'>): IPhaseShare[] {
  const known = PHASES.filter(phase => phase !== 'other').map(phase => ({
    phase,
    share: shareIn(phases, phase)
  }));
  const rest = 1 - known.reduce((sum, { share }) => sum + share, 0);
  if (!known.some(({ share }) => share > 0) || rest < -LEAST) {
    return [];
  }
  return [...known, { phase: 'other' as const, share: rest }].filter(
    ({ share }) => share >= LEAST
  );
}

/**
 * The library's function that a line of the cell called and that had nearly all of the time:
 * `Trainer.train`.
 */
export function longCall(record: CellRecord): IPlaceNode | null {
  const { nodes, looks } = placeTree(record);
  const all = Math.max(record.stack_samples ?? 0, 1);
  return (
    (looks > 0 &&
      nodes.find(
        ({ place, parent, looks: part }) =>
          place.kind === 'library' &&
          parent?.parent === null &&
          parent.place.kind === 'cell' &&
          part >= MOSTLY * all
      )) ||
    null
  );
}

function shareIn(phases: CellRecord['phases'], phase: Phase): number {
  const share =
    phases && Object.hasOwn(phases, phase) ? phases[phase] : undefined;
  return typeof share === 'number' && share >= 0 && share <= 1 ? share : 0;
}
