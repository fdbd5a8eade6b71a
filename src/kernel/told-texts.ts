import type { CellText, NotebookTexts } from '../record/_session';

/** The most that a kernel is told, as in `notebooks.py`. */
const MAX_CELLS = 2000;
const MAX_CHARACTERS = 1_000_000;

/** A code cell, run or not. */
export interface ICellText {
  readonly id: string;
  readonly source: string;
}

/** What one channel has told the kernel of its notebooks' cells. */
export class ToldTexts {
  /**
   * The message that brings the kernel up to date: all cells in order, with the texts that it does
   * not know yet. `null` if it knows all of it.
   */
  next(cells: Iterable<ICellText>): NotebookTexts | null {
    const now = new Map([...cells].map(({ id, source }) => [id, source]));
    const size = [...now.values()].reduce((sum, text) => sum + text.length, 0);
    if (now.size > MAX_CELLS || size > MAX_CHARACTERS) {
      const isNew = this._told !== null;
      this._told = null;
      return isNew ? { type: 'notebook', cells: null } : null;
    }
    const told = this._told;
    this._told = now;
    if (told && isSame(told, now)) {
      return null;
    }
    const texts = [...now].map(([cell_id, source]): CellText =>
      told?.get(cell_id) === source ? { cell_id } : { cell_id, source }
    );
    return { type: 'notebook', cells: texts };
  }

  /** The cells as told, `null` if they are too many, `undefined` if nothing was told. */
  private _told: ReadonlyMap<string, string> | null | undefined = undefined;
}

function isSame(
  one: ReadonlyMap<string, string>,
  other: ReadonlyMap<string, string>
): boolean {
  const entries = [...other];
  return (
    one.size === other.size &&
    [...one].every(
      ([id, source], index) =>
        entries[index][0] === id && entries[index][1] === source
    )
  );
}
