/**
 * Which places took longer or less long: its twin is `comparison/places.py`, and one fixture holds
 * both to the same. Pure.
 *
 * A look counts for the function of the user's own in which it met the run, with the libraries
 * called from there, so the places add up to the time of the run. Libraries are told apart beside
 * that. A place's time is its share of the looks, of the run's duration; each run needs
 * `SHARE_LOOKS`. A difference counts if it is more than
 *
 * - 10 ms, and a tenth of the longer time: runs differ by that by themselves; and
 * - three standard errors of what was counted: `sqrt(p (1 - p) / n)` for a share `p` of `n` looks,
 *   `p` taken as `(k + 1) / (n + 2)` so that a place never met is not known to be one without time.
 */
import { isChance } from './noise';
import { ownLines, partsKey } from './own-lines';
import type { IPlaceNode } from './places';
import { SHARE_LOOKS, isOwnCode, lineOf, placeTree } from './places';
import { linesOf } from './texts';
import type { CellRecord, Session } from './_session';

/** Told at most: places of the user's own, then libraries. */
const OWN = 5;
const LIBRARIES = 3;

/** A run, and the session that it is of. */
export interface IRunOf {
  readonly session: Session;
  readonly record: CellRecord;
}

/** A place whose time is another. Seconds. */
export interface IPlaceChange {
  /** Where it stands, in the later run if that has it. */
  readonly node: IPlaceNode;
  readonly run: IRunOf;
  readonly before: number;
  readonly after: number;
}

interface ITime {
  readonly run: IRunOf;
  node: IPlaceNode;
  /** Looks at this very line of the place, and at all of it. */
  most: number;
  looks: number;
}

interface ISum {
  node: IPlaceNode;
  run: IRunOf;
  isOwn: boolean;
  before: number;
  after: number;
  variance: number;
}

/**
 * The places whose time changed by more than noise, the user's own first, and what changed most.
 *
 * @param pairs - runs of a cell, the earlier one first; those that did not end well tell nothing
 */
export function placeChanges(
  pairs: readonly (readonly [IRunOf, IRunOf])[]
): IPlaceChange[] {
  const sums = new Map<string, ISum>();
  pairs.forEach(([before, after], index) => {
    if (isTelling(before.record) && isTelling(after.record)) {
      const sides = [timesOf(before, index), timesOf(after, index)] as const;
      for (const key of new Set([...sides[1].keys(), ...sides[0].keys()])) {
        addPair(sums, key, before, after, [
          sides[0].get(key),
          sides[1].get(key)
        ]);
      }
    }
  });
  const changed = [...sums.values()]
    .filter(({ before, after, variance }) => !isChance(before, after, variance))
    .sort(
      (a, b) => Math.abs(b.after - b.before) - Math.abs(a.after - a.before)
    );
  return [
    ...changed.filter(({ isOwn }) => isOwn).slice(0, OWN),
    ...changed.filter(({ isOwn }) => !isOwn).slice(0, LIBRARIES)
  ];
}

function isTelling(record: CellRecord): boolean {
  return record.status === 'ok' && placeTree(record).looks >= SHARE_LOOKS;
}

function addPair(
  sums: Map<string, ISum>,
  key: string,
  before: IRunOf,
  after: IRunOf,
  [old, now]: readonly [ITime | undefined, ITime | undefined]
): void {
  const { node, run } = (now ?? old)!;
  const sum = sums.get(key) ?? {
    node,
    run,
    isOwn: isOwnCode(node),
    before: 0,
    after: 0,
    variance: 0
  };
  const [looksBefore, looksAfter] = [old?.looks ?? 0, now?.looks ?? 0];
  sum.before += secondsOf(before.record, looksBefore);
  sum.after += secondsOf(after.record, looksAfter);
  sum.variance +=
    varianceOf(before.record, looksBefore) +
    varianceOf(after.record, looksAfter);
  sums.set(key, sum);
}

function secondsOf(record: CellRecord, looks: number): number {
  return (record.duration_s * looks) / placeTree(record).looks;
}

function varianceOf(record: CellRecord, looks: number): number {
  const all = placeTree(record).looks;
  const share = (looks + 1) / (all + 2);
  return (record.duration_s ** 2 * share * (1 - share)) / all;
}

/** Looks by place. */
function timesOf(run: IRunOf, index: number): Map<string, ITime> {
  const times = new Map<string, ITime>();
  const lines = new Map<string, number>();
  const add = (key: string, node: IPlaceNode, looks: number) => {
    const time = times.get(key) ?? { run, node, most: 0, looks: 0 };
    const line = JSON.stringify([key, node.place.line]);
    const here = (lines.get(line) ?? 0) + looks;
    lines.set(line, here);
    if (here > time.most) {
      time.most = here;
      time.node = node;
    }
    time.looks += looks;
    times.set(key, time);
  };
  for (const [node, line] of ownLines(placeTree(run.record))) {
    if (node.own > 0) {
      if (line) {
        add(keyOf(line, run.record, index), line, node.own);
      }
      if (node.place.kind === 'library') {
        const { package: name, function: called } = node.place;
        add(partsKey('library', name, called), node, node.own);
      }
    }
  }
  return times;
}

/**
 * A function is known by its name, whatever line it moved to; a line at the top of a cell by its
 * code.
 */
function keyOf(
  { place }: IPlaceNode,
  record: CellRecord,
  index: number
): string {
  if (place.kind === 'file') {
    return partsKey('file', place.path, place.function ?? lineOf(place));
  }
  if (place.function) {
    return partsKey('function', place.function);
  }
  const code = linesOf(record)[lineOf(place) - 1]?.trim();
  return partsKey('line', index, code || lineOf(place));
}
