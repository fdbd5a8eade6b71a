/** Which cell of one session is which of another. Pure; the rule is that of `jupyter torchprof compare`. */
import { latestRuns } from './derive';
import type { CellRecord, Session } from './_session';

/** By what two cells were taken for the same. */
export type PairedBy = 'cell_id' | 'source' | 'order';

/** The latest runs of a cell in two sessions. */
export interface IPair {
  readonly before: CellRecord;
  readonly after: CellRecord;
  readonly by: PairedBy;
}

/** All cells of two sessions. */
export interface IPairing {
  /** In the order of the later session. */
  readonly pairs: readonly IPair[];
  /** Cells that only the later session has. */
  readonly added: readonly CellRecord[];
  /** Cells that only the earlier session has. */
  readonly removed: readonly CellRecord[];
}

/**
 * Pair the latest runs of the cells of two sessions: by cell id; then by equal source, in order;
 * then by order, where exactly one cell of each side lies between the same paired neighbours.
 */
export function pairCells(before: Session, after: Session): IPairing {
  const old = latestRuns(before);
  const now = latestRuns(after);
  /** Of the earlier session, by the run of the later one. */
  const found = new Map<CellRecord, IPair>();
  const taken = new Set<CellRecord>();
  const pair = (one: CellRecord, other: CellRecord, by: PairedBy) => {
    found.set(other, { before: one, after: other, by });
    taken.add(one);
  };
  const inOrder = (
    keyOf: (record: CellRecord) => string | null,
    by: PairedBy
  ) => {
    const waiting = new Map<string, CellRecord[]>();
    for (const record of old) {
      const key = taken.has(record) ? null : keyOf(record);
      if (key !== null) {
        const list = waiting.get(key);
        if (list) {
          list.push(record);
        } else {
          waiting.set(key, [record]);
        }
      }
    }
    for (const record of now) {
      const key = found.has(record) ? null : keyOf(record);
      const partner = key === null ? undefined : waiting.get(key)?.shift();
      if (partner) {
        pair(partner, record, by);
      }
    }
  };
  inOrder(record => record.cell_id, 'cell_id');
  inOrder(record => record.source_hash, 'source');
  for (const [one, other] of between(old, now, found)) {
    pair(one, other, 'order');
  }
  return {
    pairs: now.flatMap(record => found.get(record) ?? []),
    added: now.filter(record => !found.has(record)),
    removed: old.filter(record => !taken.has(record))
  };
}

/** Cells without a partner that stand alone between the same neighbours; the ends are neighbours too. */
function between(
  old: readonly CellRecord[],
  now: readonly CellRecord[],
  found: ReadonlyMap<CellRecord, IPair>
): [CellRecord, CellRecord][] {
  const partners = new Map(
    [...found.values()].map(pair => [pair.after, pair.before])
  );
  const places = new Map(old.map((record, index) => [record, index]));
  const placeOf = (record: CellRecord) => places.get(partners.get(record)!)!;
  const paired = new Set(partners.values());
  return now.flatMap((record, index): [CellRecord, CellRecord][] => {
    const next = now[index + 1];
    const previous = now[index - 1];
    const isAlone = (other?: CellRecord) => !other || partners.has(other);
    if (partners.has(record) || !isAlone(previous) || !isAlone(next)) {
      return [];
    }
    const place = previous ? placeOf(previous) + 1 : 0;
    const end = next ? placeOf(next) : old.length;
    const one = old[place];
    return end - place === 1 && !paired.has(one) ? [[one, record]] : [];
  });
}
