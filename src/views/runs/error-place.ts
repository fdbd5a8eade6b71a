/**
 * Where an error came about. `deliver/error_place.py` is the twin; one fixture holds both to the
 * same words.
 */
import { lineOf } from '../../record/places';
import type { CellRecord, ErrorFrame, Place } from '../../record/_session';
import type { IPlaceContext, IPlaced } from '../places/place-words';
import { atWords } from '../places/place-words';

/** The line that failed, and the line of the cell that led there. */
export interface IErrorPlace extends IPlaced {
  /** `null`: the line itself is one of the cell's own. */
  readonly caller: IPlaced | null;
}

/** The innermost of the user's lines on the way to the error; `null`: none is known. */
export function errorPlace({
  error,
  source_hash
}: CellRecord): IErrorPlace | null {
  const frames = error?.frames ?? [];
  const places = frames.map(placeOf).filter(place => lineOf(place) > 0);
  const place = places[places.length - 1] as Place | undefined;
  if (!place) {
    const line: Place = {
      parent: null,
      kind: 'cell',
      source_hash,
      line: error?.line
    };
    return lineOf(line) > 0 ? { place: line, caller: null } : null;
  }
  const isTop = (one: Place) =>
    one.source_hash === source_hash && one.function === null;
  const caller = isTop(place) ? undefined : places.find(isTop);
  return { place, caller: caller ? { place: caller } : null };
}

/** ``"in `evaluate`, cell [2] line 18, called by [3] line 4"``; `"on line 4"` of the cell itself. */
export function errorWords(
  { place, caller }: IErrorPlace,
  context: IPlaceContext
): string {
  const { record, trans } = context;
  const where = atWords({ place }, context);
  if (!caller) {
    return where;
  }
  const line = lineOf(caller.place);
  const { execution_count: count } = record;
  return place.source_hash === record.source_hash || typeof count !== 'number'
    ? trans.__('%1, called by line %2', where, line)
    : trans.__('%1, called by [%2] line %3', where, count, line);
}

function placeOf({ source_hash, function: name, line }: ErrorFrame): Place {
  const isTop = /^<(module|cell line)/.test(name);
  return {
    parent: null,
    kind: 'cell',
    source_hash,
    function: isTop ? null : name,
    line
  };
}
