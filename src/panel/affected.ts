/** Runs what a fix has changed. */
import type { INotebook } from '../model/notebook';
import type { NotebookProfile } from '../model/notebook-profile';
import type { CellRecord, Fix, Session } from '../record/_session';
import type { ITranslate } from '../views/state';

/** Where to change something. */
export interface ITarget {
  /** Of the notebook that has the cell. */
  profile: NotebookProfile;
  session: Session;
  trans: ITranslate;
}

/**
 * Run what an applied fix has changed, and the cell that it was found on, in the notebook's order:
 * what it saves shows when that cell runs.
 */
export async function runAffected(
  target: ITarget,
  record: CellRecord,
  fix: Fix
): Promise<void> {
  const { notebook } = target.profile;
  await runAll(notebook, affectedCells(target, record, fix));
}

/** The cell that a fix was found on, and those changed cells that have not run as they are. */
export function affectedCells(
  { profile }: ITarget,
  { cell_id }: CellRecord,
  fix: Fix
): string[] {
  const edited = new Set(fix.edits.map(edit => edit.cell_id));
  return profile.notebook.cellIds.filter(id => {
    const latest = profile.latestRun(id);
    const isFresh = latest !== null && !profile.isStale(latest);
    return id === cell_id || (edited.has(id) && !isFresh);
  });
}

/** Run cells one after the other; a cell that fails keeps those below it from running. */
export async function runAll(
  notebook: INotebook,
  cellIds: readonly string[]
): Promise<void> {
  for (const id of cellIds) {
    if (!(await notebook.run(id))) {
      return;
    }
  }
}
