/** What changed in a place, in words. */
import type { IPlaceChange } from '../../record/compare-places';
import { lineOf } from '../../record/places';
import { formatDuration } from '../../record/units';
import { libraryWords, quoted } from '../places/place-words';
import type { ITranslate } from '../state';

/**
 * ``"`augment` took 2.1 s, before 0.7 s"``: as `PlaceChange.text` in `comparison/places.py`, word
 * for word.
 */
export function placeChangeWords(
  { node, run, before, after }: IPlaceChange,
  trans: ITranslate
): string {
  const { place } = node;
  const { execution_count: count } = run.record;
  const line = lineOf(place);
  const name =
    place.kind === 'library'
      ? libraryWords(place, trans)
      : place.function
        ? quoted(place.function)
        : place.kind === 'file'
          ? trans.__('%1 line %2', quoted(place.path ?? '?'), line)
          : typeof count === 'number'
            ? trans.__('[%1] line %2', count, line)
            : trans.__('line %1', line);
  return trans.__(
    '%1 took %2, before %3',
    name,
    formatDuration(after),
    formatDuration(before)
  );
}
