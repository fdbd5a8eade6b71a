/** Several fixes at once: which of them can be applied together. */
import type { INotebook } from '../model/notebook';
import type { ISilenced } from '../record/derive';
import { safeAdvice } from '../record/derive';
import type {
  Advice,
  CellRecord,
  Fix,
  Position,
  Session,
  TextEdit
} from '../record/_session';
import type { ITranslate } from '../views/state';
import type { IPlannedEdit } from './apply';
import { planFix } from './apply';

/** A fix that keeps every value of the program, and what it would do. */
export interface ISafeFix {
  readonly record: CellRecord;
  readonly advice: Advice;
  readonly fix: Fix;
  readonly edits: readonly IPlannedEdit[];
}

/** What came of putting fixes together. */
export interface IMerged {
  /** All edits of those that were taken. */
  readonly fix: Fix;
  readonly taken: readonly ISafeFix[];
  /** Those that overlap with one before them. */
  readonly left: readonly ISafeFix[];
}

/**
 * The safe fixes that can be applied now, cells in the notebook's order and within a cell the most
 * severe first.
 */
export function safeFixes(
  notebook: INotebook,
  session: Session,
  silenced: ISilenced,
  stale: ReadonlySet<string>,
  trans: ITranslate
): ISafeFix[] {
  const place = new Map(notebook.cellIds.map((id, index) => [id, index]));
  return safeAdvice(session, silenced, stale)
    .flatMap(({ record, advice, fix }) => {
      const plan = planFix(notebook, fix, session.cells ?? [], trans);
      return plan.possible ? [{ record, advice, fix, edits: plan.edits }] : [];
    })
    .sort(
      (a, b) =>
        (place.get(a.record.cell_id ?? '') ?? 0) -
        (place.get(b.record.cell_id ?? '') ?? 0)
    );
}

/**
 * Put fixes together as far as their edits do not overlap; of two that do, the first wins. The
 * same line that several fixes add (an import) is added once.
 */
export function mergeFixes(fixes: readonly ISafeFix[], title: string): IMerged {
  const edits: TextEdit[] = [];
  const taken: ISafeFix[] = [];
  const left: ISafeFix[] = [];
  for (const candidate of fixes) {
    const added = candidate.fix.edits.filter(
      edit => !edits.some(other => isShared(edit, other))
    );
    if (added.some(edit => edits.some(other => overlap(edit, other)))) {
      left.push(candidate);
    } else {
      edits.push(...added);
      taken.push(candidate);
    }
  }
  return { fix: { title, edits, safe: true }, taken, left };
}

/** Both add the same text at the same place. Indentation is another matter: twice means deeper. */
function isShared(a: TextEdit, b: TextEdit): boolean {
  return (
    a.cell_id === b.cell_id &&
    compare(a.start, b.start) === 0 &&
    compare(a.end, b.end) === 0 &&
    a.new_text === b.new_text &&
    a.new_text.trim() !== ''
  );
}

/** Text that one of them inserts at the border of the other could come on either side of it. */
function overlap(a: TextEdit, b: TextEdit): boolean {
  if (a.cell_id !== b.cell_id) {
    return false;
  }
  const insertion =
    compare(a.start, a.end) === 0 || compare(b.start, b.end) === 0;
  const first = compare(a.end, b.start);
  const second = compare(b.end, a.start);
  return insertion ? first >= 0 && second >= 0 : first > 0 && second > 0;
}

function compare(a: Position, b: Position): number {
  return a.line - b.line || a.column - b.column;
}
