import type { INotebook, ICodeCell } from '../model/notebook';
import type { CellRecord, Fix, TextEdit } from '../record/_session';
import type { ITranslate } from '../views/state';
import type { IReplacement } from './edits';
import { EditError, applyReplacements, replacementsOf } from './edits';

/** Why a fix was not applied. */
export type Refusal =
  'changed' | 'missing' | 'read-only-cell' | 'read-only-notebook' | 'broken';

/** What came of applying a fix. */
export type ApplyOutcome =
  | {
      applied: true;
      /** The cells that were edited. */
      cellIds: string[];
      /** Take the fix back; `false` if a cell was edited since, which only the user can undo. */
      undo(): boolean;
    }
  | { applied: false; refusal: Refusal; message: string };

/** A cell, what it holds now, and what will be done to it. */
export interface IPlannedEdit {
  readonly cell: ICodeCell;
  readonly before: string;
  readonly after: string;
  readonly replacements: readonly IReplacement[];
}

/** What a fix would do, or why it cannot be done. Nothing is changed. */
export type Plan =
  | { possible: true; edits: IPlannedEdit[] }
  | { possible: false; refusal: Refusal; message: string };

/**
 * Find out what a fix would do. The edits were made for the source that ran, so each cell must
 * still hold exactly that; comparing the texts is exact, and works where the browser has no
 * cryptography (plain http to another machine).
 *
 * @param profiled - all runs known, among which is the source of each edit's hash
 */
export function planFix(
  notebook: INotebook,
  fix: Fix,
  profiled: readonly CellRecord[],
  trans: ITranslate
): Plan {
  const refuse = (refusal: Refusal): Plan => ({
    possible: false,
    refusal,
    message: explain(refusal, trans)
  });
  if (notebook.isReadOnly) {
    return refuse('read-only-notebook');
  }
  const edits: IPlannedEdit[] = [];
  for (const [cellId, ofCell] of groupByCell(fix.edits)) {
    const cell = cellId === null ? null : notebook.cell(cellId);
    if (!cell) {
      return refuse('missing');
    }
    if (cell.isReadOnly) {
      return refuse('read-only-cell');
    }
    const before = cell.source.getSource();
    const ran = ({ source_hash }: TextEdit) =>
      profiled.some(
        record =>
          record.source_hash === source_hash &&
          record.cell_id === cellId &&
          record.source === before
      );
    if (!ofCell.every(ran)) {
      return refuse('changed');
    }
    try {
      const replacements = replacementsOf(before, ofCell);
      const after = applyReplacements(before, replacements);
      edits.push({ cell, before, after, replacements });
    } catch (error) {
      if (error instanceof EditError) {
        return refuse('broken');
      }
      throw error;
    }
  }
  return edits.length > 0 ? { possible: true, edits } : refuse('broken');
}

/**
 * Apply a fix: all of it or nothing, one undo step per cell, the cursor where it was.
 *
 * @param profiled - all runs known, among which is the source of each edit's hash
 */
export function applyFix(
  notebook: INotebook,
  fix: Fix,
  profiled: readonly CellRecord[],
  trans: ITranslate
): ApplyOutcome {
  const plan = planFix(notebook, fix, profiled, trans);
  if (!plan.possible) {
    return { applied: false, refusal: plan.refusal, message: plan.message };
  }
  const { edits } = plan;
  for (const { cell, replacements } of edits) {
    const { source } = cell;
    // Yjs merges changes within half a second: without this, undoing the fix would take the
    // user's last typing with it, and what they type next would belong to the fix.
    source.undoManager?.stopCapturing();
    source.transact(() => {
      for (const { start, end, text } of [...replacements].reverse()) {
        source.updateSource(start, end, text);
      }
    });
    source.undoManager?.stopCapturing();
  }
  return {
    applied: true,
    cellIds: edits.map(({ cell }) => cell.id),
    undo: () => undo(edits)
  };
}

function undo(edits: readonly IPlannedEdit[]): boolean {
  if (edits.some(({ cell, after }) => cell.source.getSource() !== after)) {
    return false;
  }
  for (const { cell, before } of edits) {
    const { source } = cell;
    source.undo();
    if (source.getSource() !== before) {
      // The history of the cell was cleared since, or is shared with other cells.
      source.updateSource(0, source.getSource().length, before);
    }
  }
  return true;
}

function groupByCell(
  edits: readonly TextEdit[]
): Map<string | null, TextEdit[]> {
  const groups = new Map<string | null, TextEdit[]>();
  for (const edit of edits) {
    const group = groups.get(edit.cell_id);
    if (group) {
      group.push(edit);
    } else {
      groups.set(edit.cell_id, [edit]);
    }
  }
  return groups;
}

function explain(refusal: Refusal, trans: ITranslate): string {
  switch (refusal) {
    case 'changed':
      return trans.__(
        'The cell was edited since it was profiled. Run it again for a fix that fits.'
      );
    case 'missing':
      return trans.__('The cell is no longer in this notebook.');
    case 'read-only-cell':
      return trans.__('The cell is read-only.');
    case 'read-only-notebook':
      return trans.__('The notebook is read-only.');
    case 'broken':
      return trans.__('The fix does not fit the source of the cell.');
  }
}
