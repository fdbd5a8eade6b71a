import { applyReplacements, replacementsOf } from '../fixes/edits';
import { adviceKey, latestRuns } from '../record/derive';
import type {
  Advice,
  CellRecord,
  Fix,
  Session,
  TextEdit
} from '../record/_session';
import type { Staleness } from './staleness';

/** A fix, and the run whose advice it is of. */
export interface IFixOf {
  readonly record: CellRecord;
  readonly advice: Advice;
}

/** No fix is applied. */
export const NOTHING_APPLIED: ReadonlySet<string> = new Set();

/** By id of the cell: its text with the fix; `null` where that is not known. */
type Texts = ReadonlyMap<string | null, string | null>;

/**
 * Which fixes stand in the cells and have not run yet. The texts alone decide, so it makes no
 * difference who applied a fix, and undoing it, in whatever way, takes it back.
 */
export class AppliedFixes {
  /**
   * Take note of fixes that were applied together: no cell then holds the text of one of them
   * alone.
   *
   * @param texts - what each cell holds since, by its id
   */
  note(fixes: readonly IFixOf[], texts: ReadonlyMap<string, string>): void {
    for (const { record, advice } of fixes) {
      this._together.set(adviceKey(record, advice), texts);
    }
    this._session = null;
  }

  /**
   * The advice of the latest runs whose fix is in all cells that it edits, by `adviceKey`; the
   * same object as long as nothing changed.
   *
   * @param cells - what the cells hold now
   */
  find(session: Session | null, cells: Staleness): ReadonlySet<string> {
    if (session !== this._session || cells.revision !== this._revision) {
      this._session = session;
      this._revision = cells.revision;
      const found = session ? this._search(session, cells) : [];
      if (
        found.length !== this._found.size ||
        !found.every(key => this._found.has(key))
      ) {
        this._found = new Set(found);
      }
    }
    return this._found;
  }

  private _search(session: Session, cells: Staleness): string[] {
    return latestRuns(session).flatMap(record =>
      (record.advice ?? [])
        .filter(({ fix }) => fix && fix.edits.length > 0)
        .map(advice => ({ key: adviceKey(record, advice), fix: advice.fix! }))
        .filter(({ key, fix }) => this._isIn(key, fix, session, cells))
        .map(({ key }) => key)
    );
  }

  private _isIn(
    key: string,
    fix: Fix,
    session: Session,
    cells: Staleness
  ): boolean {
    const together = this._together.get(key);
    return fix.edits.every(({ cell_id, source_hash }) => {
      const now = cell_id === null ? null : cells.sourceOf(cell_id);
      if (cell_id === null || now === null) {
        return false;
      }
      const ran = textThatRan(session, cell_id, source_hash);
      return (
        ran !== null &&
        now !== ran &&
        (together?.get(cell_id) === now ||
          this._textsOf(fix, session).get(cell_id) === now)
      );
    });
  }

  private _textsOf(fix: Fix, session: Session): Texts {
    let texts = this._texts.get(fix);
    if (!texts) {
      const ids = new Set(fix.edits.map(({ cell_id }) => cell_id));
      texts = new Map([...ids].map(id => [id, textWith(fix, id, session)]));
      this._texts.set(fix, texts);
    }
    return texts;
  }

  private _found = NOTHING_APPLIED;
  private _revision = -1;
  /** What `_found` was found in; `null`: look again. */
  private _session: Session | null = null;
  /** By `adviceKey`, what the cells held once several fixes were in them. */
  private readonly _together = new Map<string, ReadonlyMap<string, string>>();
  private readonly _texts = new WeakMap<Fix, Texts>();
}

function textWith(
  fix: Fix,
  cellId: string | null,
  session: Session
): string | null {
  const edits = fix.edits.filter(({ cell_id }) => cell_id === cellId);
  const before = textThatRan(session, cellId, edits[0].source_hash);
  return before === null ? null : edited(before, edits);
}

function edited(before: string, edits: readonly TextEdit[]): string | null {
  try {
    return applyReplacements(before, replacementsOf(before, edits));
  } catch {
    // The document is broken: nothing was applied.
    return null;
  }
}

/** What the cell held when it ran with this hash. */
function textThatRan(
  session: Session,
  cellId: string | null,
  hash: string
): string | null {
  return (
    (session.cells ?? []).find(
      run => run.cell_id === cellId && run.source_hash === hash
    )?.source ?? null
  );
}
