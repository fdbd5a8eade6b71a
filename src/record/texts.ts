/** Which runs had which text, and which used its code. Pure; made once per session. */
import type { CellRecord, Session } from './_session';
import { oncePer } from './once';
import { MOST_PLACES } from './places';

/** What is known of the text of a cell. */
export interface ITextOwner {
  /** The latest run that had it. */
  readonly record: CellRecord;
  /** The latest run of that run's cell, which may have had another text. */
  readonly latest: CellRecord;
}

/** The texts of a session's cells, by their hashes. */
export interface ITexts {
  /** Who had this text; `null`: none of the runs that are kept. */
  ownerOf(sourceHash: string | null | undefined): ITextOwner | null;
  /** The runs that were met in code of this text, the latest first. */
  usersOf(sourceHash: string): readonly CellRecord[];
}

/** Characters of a source that are looked at. */
const LOOKED_AT = 200_000;

/** The texts of a session; the same object as long as the session is. */
export function textsOf({ cells }: Session): ITexts {
  return textsIn(cells ?? NO_CELLS);
}

const NO_CELLS: readonly CellRecord[] = [];
const textsIn = oncePer(lookUp);

/** Hashes of the texts that a run was met in. */
export const textsUsedBy = oncePer(
  ({ places }: CellRecord): ReadonlySet<string> =>
    new Set(
      (places ?? [])
        .slice(0, MOST_PLACES)
        .flatMap(({ kind, source_hash }) =>
          kind === 'cell' && source_hash ? source_hash : []
        )
    )
);

/** The lines of the text that a run had. */
export const linesOf = oncePer(({ source }: CellRecord): readonly string[] =>
  source.slice(0, LOOKED_AT).split('\n')
);

/**
 * The runs that may say what a text's lines cost, the best first: those of the same kernel that
 * were met in code of just this text, the latest first. Of the cell's own runs only the latest
 * counts: what an earlier one took is no longer so.
 *
 * @param text - the latest run of a cell
 */
export function runsToShow(
  text: CellRecord,
  { usersOf }: ITexts
): readonly CellRecord[] {
  return usersOf(text.source_hash).filter(
    record =>
      record === text ||
      // A cell that holds the same text ran its own copy of it.
      (record.source_hash !== text.source_hash &&
        Boolean(record.former) === Boolean(text.former))
  );
}

function lookUp(cells: readonly CellRecord[]): ITexts {
  const latest = new Map<string, CellRecord>();
  const owners = new Map<string, CellRecord>();
  const users = new Map<string, CellRecord[]>();
  for (const record of cells) {
    owners.set(record.source_hash, record);
    if (record.cell_id !== null) {
      latest.set(record.cell_id, record);
    }
    for (const hash of textsUsedBy(record)) {
      const before = users.get(hash);
      if (before) {
        before.push(record);
      } else {
        users.set(hash, [record]);
      }
    }
  }
  users.forEach(runs => runs.reverse());
  return {
    ownerOf: hash => {
      const record = hash ? owners.get(hash) : undefined;
      return record
        ? { record, latest: latest.get(record.cell_id ?? '') ?? record }
        : null;
    },
    usersOf: hash => users.get(hash) ?? []
  };
}
