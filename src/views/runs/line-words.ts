import { cellLine } from '../../record/places';
import type { CellRecord } from '../../record/_session';
import type { ITranslate } from '../state';

/** The line of the cell at which something happened, in words; empty if it is not known. */
export function lineWords(
  record: CellRecord,
  { place }: { place?: number | null },
  trans: ITranslate
): string {
  const line = cellLine(record, place);
  return line === null ? '' : trans.__('line %1', line);
}
