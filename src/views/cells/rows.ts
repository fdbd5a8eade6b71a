/** The rows of the list of cells: prepared once per session, not per drawing. */
import type { ICellName } from '../../record/cell-name';
import { cellName } from '../../record/cell-name';
import type { ISilenced } from '../../record/derive';
import {
  NOTHING_SILENCED,
  acceleratorsOf,
  mainMemory,
  memoryDelta,
  openAdvice,
  runsOfSameCell
} from '../../record/derive';
import { quietBytes } from '../../record/noise';
import { byDevice } from '../parts/by-device';
import type { Advice, CellRecord, Session } from '../../record/_session';

/** How the list of profiled cells is ordered; but for `notebook`, what is most comes first. */
export type RowOrder =
  'newest' | 'notebook' | 'time' | 'peak' | 'kept' | 'advice';

/** One profiled cell: its latest run, what the list says of it, and how often it ran. */
export interface IRow {
  readonly key: string;
  readonly record: CellRecord;
  readonly runs: number;
  /** All runs of the cell, oldest first, `record` the last of them. */
  readonly all: readonly CellRecord[];
  /** By what a person knows the cell. */
  readonly name: ICellName;
  /** What the cell left behind on the device that its work is on, bytes; `null`: next to nothing. */
  readonly kept: number | null;
  /** Peak on that device, bytes; `null`: it hardly rose. */
  readonly peak: number | null;
  /** That device; `null`: nobody knows of any. */
  readonly main: string | null;
  /** The same where it must be told apart; `null`: the host, and the session has no other. */
  readonly device: string | null;
}

/** A peak that rose by less is not worth a number in the list. Bytes. */
const QUIET_PEAK = 8 << 20;

const WEIGHT: Readonly<Record<Advice['severity'], number>> = {
  high: 1000,
  medium: 100,
  low: 10,
  info: 1
};

/** Rows by the latest run of their cell, so that a row stays the same object while its cell rests. */
const prepared = new WeakMap<CellRecord, IRow>();

/**
 * The profiled cells in this order. Cells that `cellOrder` does not know (deleted since, or not
 * from this notebook) come last, in the order of their first run.
 */
export function profiledCells(
  session: Session,
  order: RowOrder,
  cellOrder?: readonly string[],
  silenced: ISilenced = NOTHING_SILENCED
): IRow[] {
  const rows = cellRows(session);
  if (order === 'notebook' && !cellOrder) {
    return rows;
  }
  const rank = ranking(rows, session, order, cellOrder, silenced);
  const ranks = new Map(rows.map(row => [row, rank(row)]));
  // The sort is stable: what is equal stays in the order of the first runs.
  return rows.sort((a, b) => (ranks.get(b) ?? 0) - (ranks.get(a) ?? 0));
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

/** One row per cell, in the order of the first runs. */
function cellRows(session: Session): IRow[] {
  const runs = new Map<string, CellRecord[]>();
  for (const record of session.cells ?? []) {
    const key = keyOf(record);
    const earlier = runs.get(key);
    if (earlier) {
      earlier.push(record);
    } else {
      runs.set(key, [record]);
    }
  }
  const isNamed = acceleratorsOf(session).length > 0;
  return [...runs]
    .filter(([, all]) => !isNoCell(all[all.length - 1]))
    .map(([key, all]) => prepare(key, all, isNamed));
}

/**
 * Whether nobody would look for it among the cells: what other extensions ask the kernel silently,
 * such as inspectors of variables, and this profiler's own magics on a line alone.
 */
function isNoCell(record: CellRecord): boolean {
  const { cell_id, execution_count, source, status, advice = [] } = record;
  const isSilent = cell_id === null && execution_count === null;
  const isOwn = /^\s*%torchprof\b[^\n]*\s*$/.test(source.slice(0, 300));
  return (isSilent || isOwn) && status === 'ok' && advice.length === 0;
}

function prepare(
  key: string,
  all: readonly CellRecord[],
  isNamed: boolean
): IRow {
  const record = all[all.length - 1];
  const memory = mainMemory(record);
  const device = isNamed ? (memory?.device ?? null) : null;
  const known = prepared.get(record);
  if (
    known &&
    known.runs === all.length &&
    known.all[0] === all[0] &&
    known.device === device
  ) {
    return known;
  }
  const kept = memory ? memoryDelta(memory) : 0;
  const rise = memory ? memory.peak_bytes - memory.allocated_before_bytes : 0;
  const quiet = memory ? quietBytes(memory) : 0;
  const row: IRow = {
    key,
    record,
    runs: all.length,
    all,
    name: cellName(record.source),
    kept: Math.abs(kept) >= quiet ? kept : null,
    peak:
      memory && rise >= Math.max(QUIET_PEAK, quiet) ? memory.peak_bytes : null,
    main: memory?.device ?? null,
    device
  };
  prepared.set(record, row);
  return row;
}

/** A number for each row; the highest comes first. */
function ranking(
  rows: readonly IRow[],
  session: Session,
  order: RowOrder,
  cellOrder: readonly string[] = [],
  silenced: ISilenced
): (row: IRow) => number {
  switch (order) {
    case 'newest': {
      const place = new Map(
        (session.cells ?? []).map((record, index) => [record, index])
      );
      return row => place.get(row.record) ?? 0;
    }
    case 'notebook': {
      const place = new Map(cellOrder.map((id, index) => [id, index]));
      return row => -(place.get(row.record.cell_id ?? '') ?? cellOrder.length);
    }
    case 'time':
      return row => row.record.duration_s;
    case 'peak':
      return byDevice(rows, deviceOf, row => row.peak);
    case 'kept':
      return byDevice(rows, deviceOf, row => row.kept);
    case 'advice':
      return row =>
        openAdvice(row.record, silenced).reduce(
          (sum, { severity }) => sum + WEIGHT[severity],
          0
        );
  }
}

function deviceOf({ main }: IRow): string | null {
  return main;
}

function keyOf(record: CellRecord): string {
  return record.cell_id === null
    ? `run ${record.run_id}`
    : `cell ${record.cell_id}`;
}
