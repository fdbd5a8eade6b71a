import type { CellRecord, Session } from '../record/_session';

/** Where a run stands in the page: by its place in the session, which no stranger can choose. */
export function anchors(session: Session): Map<CellRecord, string> {
  return new Map(
    (session.cells ?? []).map((record, index) => [record, `run-${index + 1}`])
  );
}
