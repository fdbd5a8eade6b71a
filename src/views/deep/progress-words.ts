/** What a deep profile does while its cell runs, in words. */
import type { DeepProgress } from '../../record/_session';
import type { ITranslate } from '../state';

/** `"in depth: step 3 of 5"`. */
export function progressWords(
  { state, step, steps }: DeepProgress,
  trans: ITranslate
): string {
  switch (state) {
    case 'recording':
      return trans.__('in depth: step %1 of %2', step ?? 1, steps ?? 1);
    case 'reading':
      return trans.__('in depth: reading…');
    case 'done':
      return trans.__('in depth: recorded');
    default:
      return typeof step === 'number'
        ? trans.__('in depth: warming up, step %1', step)
        : trans.__('in depth: recording, no step yet');
  }
}
