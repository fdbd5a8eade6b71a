/** Search in the list of cells: by source, by the names in it, by rules, by number. */
import type { CellRecord } from '../../record/_session';
import type { IRow } from './rows';
import { runLabel } from '../parts/run-label';

/** Characters of a source that are looked at. */
const SOURCE = 20_000;
/** Names of one record that are looked at, of each kind. */
const NAMES = 200;

/** What can be found in a record, in lower case; made when it is first searched. */
const texts = new WeakMap<CellRecord, string>();

/**
 * The rows that have all words of the query: in the source that ran, in names of variables, files,
 * optimizers and errors, or in the rules and titles of advice. `[3]` finds the cell by the number
 * of any of its runs. An empty query finds all.
 */
export function searchRows(rows: readonly IRow[], query: string): IRow[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  return rows.filter(row => words.every(word => matches(row, word)));
}

function matches(row: IRow, word: string): boolean {
  // Elements of containers have such names, too: they are not what is meant.
  return /^\[\d+\]?$/.test(word)
    ? row.all.some(run => runLabel(run).startsWith(word)) ||
        row.record.source.slice(0, SOURCE).includes(word)
    : textOf(row.record).includes(word);
}

function textOf(record: CellRecord): string {
  let text = texts.get(record);
  if (text === undefined) {
    text = [record.source.slice(0, SOURCE), ...names(record)]
      .join('\n')
      .toLowerCase();
    texts.set(record, text);
  }
  return text;
}

function names(record: CellRecord): string[] {
  const { placement, grad } = record;
  return [
    record.status === 'ok' ? '' : (record.error?.name ?? record.status),
    ...list(placement?.modules, ({ path, class_name }) => [path, class_name]),
    ...list(placement?.tensors, ({ path }) => [path]),
    ...list(grad?.retained, ({ variable }) => [variable]),
    ...list(record.loads, ({ path, call, library, class_name }) => [
      path,
      call ?? null,
      library ?? null,
      class_name ?? null
    ]),
    ...list(record.moves, ({ what }) => [what]),
    ...list(record.optimizers, other => [
      other.variable ?? other.name ?? null,
      other.class_name
    ]),
    ...list(record.data_loading, other => [
      other.variable ?? other.name ?? null,
      other.dataset
    ]),
    ...list(record.advice, ({ rule, title }) => [rule, title])
  ];
}

function list<T>(
  entries: readonly T[] | undefined,
  names: (entry: T) => (string | null)[]
): string[] {
  return (entries ?? [])
    .slice(0, NAMES)
    .flatMap(names)
    .map(name => (name ?? '').slice(0, 500));
}
