import type { CellRecord } from '../../record/_session';
import type { ITranslate } from '../state';

/** When a run began, in the reader's time: `Ran at 14:03:12`; `''` where the clock makes no sense. */
export function startedWords(
  { started_at }: Pick<CellRecord, 'started_at'>,
  trans: ITranslate
): string {
  const start = new Date(1000 * started_at);
  return Number.isNaN(start.getTime())
    ? ''
    : trans.__('Ran at %1', start.toLocaleTimeString('sv'));
}
