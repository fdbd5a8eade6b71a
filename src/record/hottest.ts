/**
 * The one place to name of a run: its twin is `hottest` in `deliver/places.py`, and one fixture
 * holds both to the same words. Pure.
 */
import type { CellRecord } from './_session';
import { HOST } from './derive';
import { GROWTH_NOISE, growingDevice, risesOf } from './growth';
import { HOST_NOISE } from './noise';
import { oncePer } from './once';
import { ownLines, partsKey } from './own-lines';
import type { IPlaceNode, IPlaceTree } from './places';
import {
  ENOUGH_LOOKS,
  NOISE_LOOKS,
  lineOf,
  ownGrowth,
  placeTree,
  shareOf
} from './places';

/** From this part of a line's looks or bytes on, the one library function that has them is named. */
const MOSTLY = 0.8;
/** A line with less of the time, or of the memory, is no place to begin at. */
export const SPREAD = 0.1;

/** Where most memory came: growth of the device that the work is on. */
export interface IGrownMost {
  readonly device: string;
  /** The line of the user's own code. */
  readonly node: IPlaceNode;
  /** What it called, if that was nearly all of it. */
  readonly library: IPlaceNode | null;
  readonly bytes: number;
}

/** Where most of the time went. */
export interface IHottest {
  /** The line of the user's own code. */
  readonly node: IPlaceNode;
  /** What it called, if that was nearly all of it. */
  readonly library: IPlaceNode | null;
  /** The line's share of the run's time, 0 to 1. */
  readonly lineShare: number;
  /** That of the library function, if one is named, else the line's. */
  readonly share: number;
}

/** Looks or bytes of a line, or of what it called. */
interface IAmount {
  readonly node: IPlaceNode;
  amount: number;
}

interface ILargest {
  readonly line: IAmount;
  readonly library: IAmount | null;
}

/**
 * The innermost line of the user's own code that holds the most time: a look counts for the last
 * line of the user's on the way to it. `null`: too few looks, or none met such a line.
 */
export const hottest = oncePer((record: CellRecord): IHottest | null => {
  const tree = placeTree(record);
  if (tree.looks < ENOUGH_LOOKS) {
    return null;
  }
  const found = largestLine(tree, ({ own }) => own);
  if (!found || found.line.amount < NOISE_LOOKS) {
    return null;
  }
  const { line, library } = found;
  return {
    node: line.node,
    library: library?.node ?? null,
    lineShare: shareOf(line.amount, tree),
    share: shareOf((library ?? line).amount, tree)
  };
});

/**
 * The innermost line of the user's own code in which most of the memory came. `null`: no line had
 * a tenth of what memory rose by, or that is no more than a process moves by itself.
 */
export const grownMost = oncePer((record: CellRecord): IGrownMost | null => {
  const device = growingDevice(record);
  const rise = device === null ? undefined : risesOf(record).get(device);
  if (device === null || rise === undefined) {
    return null;
  }
  const found = largestLine(placeTree(record), ({ place }) =>
    ownGrowth(place, device)
  );
  const least = device === HOST ? HOST_NOISE : GROWTH_NOISE;
  if (
    !found ||
    rise < least ||
    found.line.amount < Math.max(least, SPREAD * rise)
  ) {
    return null;
  }
  const { line, library } = found;
  return {
    device,
    node: line.node,
    library: library?.node ?? null,
    bytes: Math.min(rise, (library ?? line).amount)
  };
});

/** The line with most of something that each look, or sample, adds to the node it met. */
function largestLine(
  tree: IPlaceTree,
  amountOf: (node: IPlaceNode) => number
): ILargest | null {
  const lines = new Map<string, IAmount>();
  const libraries = new Map<string, Map<string, IAmount>>();
  for (const [node, line] of ownLines(tree)) {
    if (line) {
      const key = lineKey(line);
      // One without an amount keeps its turn: of two with as much, the first is named.
      add(lines, key, line, amountOf(node));
      if (node.place.kind === 'library') {
        const { package: name, function: called } = node.place;
        const below = libraries.get(key) ?? new Map<string, IAmount>();
        libraries.set(key, below);
        add(below, partsKey(name, called), node, amountOf(node));
      }
    }
  }
  const line = largest(lines.values());
  if (!line) {
    return null;
  }
  const called = largest(libraries.get(lineKey(line.node))?.values() ?? []);
  const isMost = called && called.amount >= MOSTLY * line.amount;
  return { line, library: isMost ? called : null };
}

function lineKey({ place }: IPlaceNode): string {
  const where = place.kind === 'cell' ? place.source_hash : place.path;
  return partsKey(place.kind, where, lineOf(place));
}

function add(
  sums: Map<string, IAmount>,
  key: string,
  node: IPlaceNode,
  amount: number
): void {
  const sum = sums.get(key) ?? { node, amount: 0 };
  sum.amount += amount;
  sums.set(key, sum);
}

/** The first of those that have the most. */
function largest(sums: Iterable<IAmount>): IAmount | null {
  let most: IAmount | null = null;
  for (const sum of sums) {
    if (!most || sum.amount > most.amount) {
      most = sum;
    }
  }
  return most;
}
