import { latestRuns, runsOfSameCell } from '../record/derive';
import type { CellRecord, Session } from '../record/_session';

/** How the list of profiled cells is ordered. */
export type RowOrder = 'newest' | 'notebook';

/** One profiled cell: its latest run, and how often it ran. */
export interface IRow {
  readonly record: CellRecord;
  readonly runs: number;
}

/**
 * The profiled cells, by the time of their latest run or as they stand in the notebook. Cells that
 * `cellOrder` does not know (deleted since, or not from this notebook) come last, in the order of
 * their first run.
 */
export function profiledCells(
  session: Session,
  order: RowOrder,
  cellOrder?: readonly string[]
): IRow[] {
  const records = latestRuns(session);
  if (order === 'newest') {
    const place = new Map(
      (session.cells ?? []).map((record, index) => [record, index])
    );
    records.sort((a, b) => (place.get(b) ?? 0) - (place.get(a) ?? 0));
  } else if (cellOrder) {
    const place = new Map(cellOrder.map((id, index) => [id, index]));
    const placeOf = (record: CellRecord) =>
      place.get(record.cell_id ?? '') ?? Number.MAX_SAFE_INTEGER;
    records.sort((a, b) => placeOf(a) - placeOf(b));
  }
  const runs = countRuns(session);
  return records.map(record => ({
    record,
    runs: runs.get(record.cell_id) ?? 1
  }));
}

/** The row that shows this run, also when the run is not the latest of its cell. */
export function rowOf(
  rows: readonly IRow[],
  record: CellRecord | null
): number {
  return rows.findIndex(
    row =>
      row.record === record ||
      (record !== null &&
        record.cell_id !== null &&
        row.record.cell_id === record.cell_id)
  );
}

/** The other runs of the same cell, newest first, the record itself among them. */
export function runsNewestFirst(
  session: Session,
  record: CellRecord
): CellRecord[] {
  return runsOfSameCell(session, record).reverse();
}

function countRuns(session: Session): Map<string | null, number> {
  const runs = new Map<string | null, number>();
  for (const record of session.cells ?? []) {
    if (record.cell_id !== null) {
      runs.set(record.cell_id, (runs.get(record.cell_id) ?? 0) + 1);
    }
  }
  return runs;
}
