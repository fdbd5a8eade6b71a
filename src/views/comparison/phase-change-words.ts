/** What changed in a phase, in words. */
import type { IPhaseChange } from '../../record/compare-phases';
import { formatDuration } from '../../record/units';
import { phaseName } from '../places/phase-words';
import type { ITranslate } from '../state';

/**
 * `"data took 2.1 s, before 0.7 s"`: as `PhaseChange.text` in `comparison/phases.py`, word for
 * word.
 */
export function phaseChangeWords(
  { phase, before, after }: IPhaseChange,
  trans: ITranslate
): string {
  return trans.__(
    '%1 took %2, before %3',
    phaseName(phase, trans),
    formatDuration(after),
    formatDuration(before)
  );
}
