import type { CellRecord } from '../record/_session';
import type { Gone } from '../views/state';
import type { INotebook } from './notebook';

/** What became of a cell since a run of it. */
export type Fate = 'edited' | Gone;

/**
 * What became of the cells of runs. Sources are read again only after a notebook has changed: a
 * thousand runs are asked about whenever the panel is drawn.
 */
export class Staleness {
  /** Look at these notebooks from now on, as they are now; a cell may stand in any of them. */
  look(notebooks: readonly INotebook[]): void {
    const isSame =
      notebooks.length === this._looked.length &&
      notebooks.every(
        (notebook, index) =>
          notebook === this._looked[index].notebook &&
          notebook.revision === this._looked[index].revision
      );
    if (!isSame) {
      this._looked = notebooks.map(notebook => ({
        notebook,
        revision: notebook.revision
      }));
      this._revision += 1;
      this._sources.clear();
      this._judged = new WeakMap();
      notebooks.forEach(notebook => this._remember(notebook));
    }
  }

  /** Another number whenever a cell may have changed. */
  get revision(): number {
    return this._revision;
  }

  /** Whether the source has changed since the run, or the cell is gone; of no known cell: no. */
  isStale(record: CellRecord): boolean {
    return this.fateOf(record) !== null;
  }

  /** What became of the run's cell, `null`: nothing, or nobody knows which cell it was. */
  fateOf(record: CellRecord): Fate | null {
    let fate = this._judged.get(record);
    if (fate === undefined) {
      fate = this._judge(record);
      this._judged.set(record, fate);
    }
    return fate;
  }

  /** `run_id`s of those that are stale; the same object as long as they are the same. */
  staleAmong(records: readonly CellRecord[]): ReadonlySet<string> {
    this._judgeAll(records);
    return this._stale;
  }

  /** Those whose cell is gone, by `run_id`; the same object as long as they are the same. */
  goneAmong(records: readonly CellRecord[]): ReadonlyMap<string, Gone> {
    this._judgeAll(records);
    return this._gone;
  }

  /** Nothing is asked again as long as neither runs nor notebooks change, as with samples. */
  private _judgeAll(records: readonly CellRecord[]): void {
    if (records === this._all && this._revision === this._allAt) {
      return;
    }
    this._all = records;
    this._allAt = this._revision;
    const stale = records.filter(record => this.isStale(record));
    if (
      stale.length !== this._stale.size ||
      !stale.every(({ run_id }) => this._stale.has(run_id))
    ) {
      this._stale = new Set(stale.map(({ run_id }) => run_id));
    }
    const gone = new Map<string, Gone>();
    for (const record of stale) {
      const fate = this.fateOf(record);
      if (fate !== null && fate !== 'edited') {
        gone.set(record.run_id, fate);
      }
    }
    if (
      gone.size !== this._gone.size ||
      ![...gone].every(([id, fate]) => this._gone.get(id) === fate)
    ) {
      this._gone = gone;
    }
  }

  /** What the cell holds now, `null` if it is gone. */
  sourceOf(cellId: string): string | null {
    let source = this._sources.get(cellId);
    if (source === undefined) {
      const cell = this._looked
        .map(({ notebook }) => notebook.cell(cellId))
        .find(found => found !== null);
      source = cell?.source.getSource() ?? null;
      this._sources.set(cellId, source);
    }
    return source;
  }

  private _judge({ cell_id, source }: CellRecord): Fate | null {
    if (cell_id === null) {
      return null;
    }
    const now = this.sourceOf(cell_id);
    if (now !== null) {
      return now === source ? null : 'edited';
    }
    const home = this._homes.get(cell_id);
    if (!home || !this._looked.some(({ notebook }) => notebook === home)) {
      return 'unknown';
    }
    // As Markdown it is no cell that could run.
    return home.holds(cell_id) ? 'edited' : 'deleted';
  }

  private _remember(notebook: INotebook): void {
    const { cellIds } = notebook;
    if (cellIds !== this._known.get(notebook)) {
      this._known.set(notebook, cellIds);
      cellIds.forEach(id => this._homes.set(id, notebook));
    }
  }

  private _all: readonly CellRecord[] | null = null;
  private _allAt = -1;
  private _gone: ReadonlyMap<string, Gone> = new Map();
  private _judged = new WeakMap<CellRecord, Fate | null>();
  /** The notebook in which each cell was last seen, by its id. */
  private readonly _homes = new Map<string, INotebook>();
  /** The ids that are remembered already. */
  private readonly _known = new WeakMap<INotebook, readonly string[]>();
  private _looked: { notebook: INotebook; revision: number }[] = [];
  private _revision = 0;
  private _stale: ReadonlySet<string> = new Set();
  private readonly _sources = new Map<string, string | null>();
}
