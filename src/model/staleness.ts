import type { CellRecord } from '../record/_session';
import type { INotebook } from './notebook';

/**
 * Whether the source of a run's cell was edited since. Sources are read again only after a
 * notebook has changed: a thousand runs are asked about whenever the panel is drawn.
 */
export class Staleness {
  /** Look at these notebooks from now on, as they are now; a cell may stand in any of them. */
  look(notebooks: readonly INotebook[]): void {
    const isSame =
      notebooks.length === this._seen.length &&
      notebooks.every(
        (notebook, index) =>
          notebook === this._seen[index].notebook &&
          notebook.revision === this._seen[index].revision
      );
    if (!isSame) {
      this._seen = notebooks.map(notebook => ({
        notebook,
        revision: notebook.revision
      }));
      this._sources.clear();
      this._judged = new WeakMap();
    }
  }

  /** Whether the source has changed since the run, or the cell is gone; of no known cell: no. */
  isStale(record: CellRecord): boolean {
    let stale = this._judged.get(record);
    if (stale === undefined) {
      const { cell_id, source } = record;
      stale = cell_id !== null && this._sourceOf(cell_id) !== source;
      this._judged.set(record, stale);
    }
    return stale;
  }

  private _sourceOf(cellId: string): string | null {
    let source = this._sources.get(cellId);
    if (source === undefined) {
      const cell = this._seen
        .map(({ notebook }) => notebook.cell(cellId))
        .find(found => found !== null);
      source = cell?.source.getSource() ?? null;
      this._sources.set(cellId, source);
    }
    return source;
  }

  private _judged = new WeakMap<CellRecord, boolean>();
  private _seen: { notebook: INotebook; revision: number }[] = [];
  private readonly _sources = new Map<string, string | null>();
}
