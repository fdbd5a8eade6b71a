import { firstCodeLine } from '../record/derive';
import type { CellRecord, Session } from '../record/_session';
import type { ITranslate } from '../views/state';

/** Where a run stands in the page: by its place in the session, which no stranger can choose. */
export function anchors(session: Session): Map<CellRecord, string> {
  return new Map(
    (session.cells ?? []).map((record, index) => [record, `run-${index + 1}`])
  );
}

/** The line by which a person knows the cell, or that there is none. */
export function cellCode({ source }: CellRecord, trans: ITranslate): string {
  return firstCodeLine(source) || trans.__('(no source)');
}
