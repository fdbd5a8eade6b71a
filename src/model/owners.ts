/**
 * The cells of runs that came without a cell's id: where the server sends cells to the kernel
 * rather than the page, nothing tells the kernel which cell it runs.
 */
import type { Advice, CellRecord, TextEdit } from '../record/_session';
import type { INotebook } from './notebook';

/**
 * Which cell each of these runs belongs to, as far as that is certain: the one cell that has both
 * the run's execution count and its source. Ids of cells by ids of runs.
 */
export function ownersOf(
  records: readonly CellRecord[],
  notebooks: Iterable<INotebook>
): Map<string, string> {
  const owners = new Map<string, string>();
  const lone = records.filter(
    ({ cell_id, execution_count, former }) =>
      cell_id === null && typeof execution_count === 'number' && !former
  );
  if (lone.length === 0) {
    return owners;
  }
  const counted = cellsByCount(notebooks);
  for (const { run_id, execution_count, source } of lone) {
    const cells = (counted.get(execution_count!) ?? []).filter(
      cell => cell.source === source
    );
    if (cells.length === 1) {
      owners.set(run_id, cells[0].id);
    }
  }
  return owners;
}

function cellsByCount(
  notebooks: Iterable<INotebook>
): Map<number, { id: string; source: string }[]> {
  // Two views of one notebook show the same cell twice.
  const seen = new Set<string>();
  const counted = new Map<number, { id: string; source: string }[]>();
  for (const notebook of notebooks) {
    for (const id of notebook.cellIds) {
      const cell = notebook.cell(id);
      if (cell && cell.executionCount !== null && !seen.has(id)) {
        seen.add(id);
        const entry = { id, source: cell.source.getSource() };
        const others = counted.get(cell.executionCount) ?? [];
        counted.set(cell.executionCount, [...others, entry]);
      }
    }
  }
  return counted;
}

/** The run as it would have come with the id of its cell; its fix is for the same source. */
export function withOwner(record: CellRecord, cellId: string): CellRecord {
  const own = (edit: TextEdit): TextEdit =>
    edit.cell_id === null && edit.source_hash === record.source_hash
      ? { ...edit, cell_id: cellId }
      : edit;
  const advice = (record.advice ?? []).map((one): Advice => ({
    ...one,
    cell_id: one.cell_id ?? cellId,
    fix: one.fix && { ...one.fix, edits: one.fix.edits.map(own) }
  }));
  return { ...record, cell_id: cellId, advice };
}
