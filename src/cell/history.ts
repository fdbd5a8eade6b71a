import type { Advice, CellRecord, Session } from '../record/_session';
import { oncePer } from '../record/once';
import { textsUsedBy } from '../record/texts';

/** Runs of a cell that are looked back at. */
export const LAST_RUNS = 20;

/** Advice on lines of a cell, with the source that the lines count in. */
export interface INote {
  /** The run that proves it; it may be of another cell. */
  readonly record: CellRecord;
  readonly advice: Advice;
  /** What the cell held when the advice was given. */
  readonly source: string;
}

/** A session by cell: looked up with each keystroke, so it is made once per session. */
export class CellHistory {
  constructor(cells: readonly CellRecord[]) {
    const notes = new Map<string, Map<string, INote[]>>();
    for (const record of cells) {
      const id = record.cell_id;
      if (id !== null) {
        append(this._runs, id, record);
        // Advice of an earlier run has had its time.
        notes.set(id, this._notesOf(record, id));
      }
    }
    for (const [id, byCell] of notes) {
      for (const [cellId, list] of byCell) {
        list.forEach(note => append(this._notes, cellId, note));
        append(this._advised, id, cellId);
      }
    }
  }

  /** Ids of the cells that have run. */
  get cellIds(): Iterable<string> {
    return this._runs.keys();
  }

  /** The last runs of the cell, oldest first. */
  runs(cellId: string): readonly CellRecord[] {
    return (this._runs.get(cellId) ?? []).slice(-LAST_RUNS);
  }

  /** The latest run of the cell, `null` if it has not run. */
  latest(cellId: string): CellRecord | null {
    const runs = this._runs.get(cellId);
    return runs ? runs[runs.length - 1] : null;
  }

  /** The advice of the latest runs whose lines stand in this cell. */
  notes(cellId: string): readonly INote[] {
    return this._notes.get(cellId) ?? [];
  }

  /** The cells in which the advice of this cell's latest run stands. */
  advised(cellId: string): readonly string[] {
    return this._advised.get(cellId) ?? [];
  }

  /** The other cells whose text the last runs of this cell were met in. */
  called(cellId: string): readonly string[] {
    const hashes = new Set(
      this.runs(cellId).flatMap(record => [...textsUsedBy(record)])
    );
    return [...this._runs.keys()].filter(
      id => id !== cellId && hashes.has(this.latest(id)?.source_hash ?? '')
    );
  }

  /** By the cell that their lines stand in; lines of files stand in none. */
  private _notesOf(record: CellRecord, id: string): Map<string, INote[]> {
    const notes = new Map<string, INote[]>();
    for (const advice of record.advice ?? []) {
      const cellId = advice.code_cell_id ?? advice.cell_id ?? id;
      // Runs come in their order, so this is what stood there when the record was made.
      const source = this.latest(cellId)?.source;
      const isHere = !advice.code_path && (advice.lines ?? []).length > 0;
      if (isHere && source !== undefined) {
        append(notes, cellId, { record, advice, source });
      }
    }
    return notes;
  }

  private readonly _advised = new Map<string, string[]>();
  private readonly _notes = new Map<string, INote[]>();
  private readonly _runs = new Map<string, CellRecord[]>();
}

function append<T>(map: Map<string, T[]>, key: string, value: T): void {
  const list = map.get(key);
  if (list) {
    list.push(value);
  } else {
    map.set(key, [value]);
  }
}

const NO_CELLS: readonly CellRecord[] = [];
const historyIn = oncePer(
  (cells: readonly CellRecord[]) => new CellHistory(cells)
);

/** The session by cell; the same object as long as the session's runs are. */
export function historyOf({ cells }: Session): CellHistory {
  return historyIn(cells ?? NO_CELLS);
}
