/**
 * Advice that the user has dismissed: kept in the notebook's metadata, so that it survives reloads
 * and restarts and travels with the file. A dismissal is of one rule on one cell.
 */
import type { INotebook } from './notebook';

/** The key in the notebook's metadata. */
export const METADATA_KEY = 'jupyterlab-torchprof';

/** One dismissal, as the file has it. */
export interface IDismissal {
  rule: string;
  cell_id: string;
}

/** The dismissals of a notebook. A stranger's file may hold anything there: what does not fit is passed over. */
export function readDismissals(notebook: INotebook): IDismissal[] {
  const list = entriesOf(notebook).dismissed;
  return Array.isArray(list)
    ? (list as unknown[])
        .filter(isDismissal)
        .map(({ rule, cell_id }) => ({ rule, cell_id }))
    : [];
}

/** Dismiss advice, or bring it back; dismissals on cells that are gone are forgotten. */
export function setDismissed(
  notebook: INotebook,
  { rule, cell_id }: IDismissal,
  isDismissed: boolean
): void {
  const kept = readDismissals(notebook).filter(
    other =>
      notebook.cell(other.cell_id) !== null &&
      !(other.rule === rule && other.cell_id === cell_id)
  );
  const dismissed = isDismissed ? [...kept, { rule, cell_id }] : kept;
  const entries = { ...entriesOf(notebook) };
  delete entries.dismissed;
  if (dismissed.length > 0) {
    entries.dismissed = dismissed.map(entry => ({ ...entry }));
  }
  notebook.setMetadata(
    METADATA_KEY,
    Object.keys(entries).length > 0 ? entries : undefined
  );
}

function entriesOf(notebook: INotebook) {
  const value = notebook.metadata(METADATA_KEY);
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? value
    : {};
}

function isDismissal(value: unknown): value is IDismissal {
  const { rule, cell_id } = (value ?? {}) as Partial<IDismissal>;
  return typeof rule === 'string' && typeof cell_id === 'string';
}
