/** What phases are called; the sentence is that of `deliver/phases.py`, word for word. */
import type { Phase } from '../../record/phases';
import { longCall, phaseShares } from '../../record/phases';
import { formatPercent } from '../../record/units';
import { libraryWords } from './place-words';
import type { CellRecord } from '../../record/_session';
import type { ITranslate } from '../state';

/**
 * `"transformers · Trainer.train: data 11%, forward 32%, … other 4%"`. `null`: the run has no
 * phases.
 */
export function phasesWords(
  record: CellRecord,
  trans: ITranslate
): string | null {
  const words = phaseShares(record)
    .map(({ phase, share }) =>
      trans.__('%1 %2', phaseName(phase, trans), formatPercent(share))
    )
    .join(', ');
  const call = words === '' ? null : longCall(record);
  return call
    ? trans.__('%1: %2', libraryWords(call.place, trans), words)
    : words || null;
}

/** As the field calls it. */
export function phaseName(phase: Phase, trans: ITranslate): string {
  switch (phase) {
    case 'data':
      return trans.__('data');
    case 'forward':
      return trans.__('forward');
    case 'backward':
      return trans.__('backward');
    case 'optimizer':
      return trans.__('optimizer');
    case 'evaluation':
      return trans.__('evaluation');
    case 'saving':
      return trans.__('saving');
    case 'other':
      return trans.__('other');
  }
}
