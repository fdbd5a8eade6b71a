/**
 * The one place to name of a run: its twin is `hottest` in `deliver/places.py`, and one fixture
 * holds both to the same words. Pure.
 */
import type { CellRecord } from './_session';
import type { IPlaceNode } from './places';
import {
  ENOUGH_LOOKS,
  NOISE_LOOKS,
  isOwnCode,
  lineOf,
  placeTree,
  shareOf
} from './places';

/** From this part of a line's looks on, the one library function that has them is named. */
const MOSTLY = 0.8;

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

interface ILooks {
  readonly node: IPlaceNode;
  looks: number;
}

/**
 * The innermost line of the user's own code that holds the most time: a look counts for the last
 * line of the user's on the way to it. `null`: too few looks, or none met such a line.
 */
export function hottest(record: CellRecord): IHottest | null {
  const tree = placeTree(record);
  if (tree.looks < ENOUGH_LOOKS) {
    return null;
  }
  const lines = new Map<string, ILooks>();
  const libraries = new Map<string, Map<string, ILooks>>();
  const within = new Map<IPlaceNode, IPlaceNode | null>();
  for (const node of tree.nodes) {
    const line = isOwnCode(node)
      ? node
      : node.parent && (within.get(node.parent) ?? null);
    within.set(node, line);
    if (line) {
      const key = lineKey(line);
      // One without looks of its own keeps its turn: of two with as many, the first is named.
      add(lines, key, line, node.own);
      if (node.place.kind === 'library') {
        const { package: name, function: called } = node.place;
        const below = libraries.get(key) ?? new Map<string, ILooks>();
        libraries.set(key, below);
        add(below, keyOf(name, called), node, node.own);
      }
    }
  }
  const most = largest(lines.values());
  if (!most || most.looks < NOISE_LOOKS) {
    return null;
  }
  const called = largest(libraries.get(lineKey(most.node))?.values() ?? []);
  const library = called && called.looks >= MOSTLY * most.looks ? called : null;
  return {
    node: most.node,
    library: library?.node ?? null,
    lineShare: shareOf(most.looks, tree),
    share: shareOf((library ?? most).looks, tree)
  };
}

function lineKey({ place }: IPlaceNode): string {
  const where = place.kind === 'cell' ? place.source_hash : place.path;
  return keyOf(place.kind, where, lineOf(place));
}

/** Of names that may be a stranger's, megabytes long. */
function keyOf(...parts: (string | number | null | undefined)[]): string {
  return JSON.stringify(
    parts.map(part => (typeof part === 'string' ? part.slice(0, 1000) : part))
  );
}

function add(
  sums: Map<string, ILooks>,
  key: string,
  node: IPlaceNode,
  looks: number
): void {
  const sum = sums.get(key) ?? { node, looks: 0 };
  sum.looks += looks;
  sums.set(key, sum);
}

/** The first of those that have the most. */
function largest(sums: Iterable<ILooks>): ILooks | null {
  let most: ILooks | null = null;
  for (const sum of sums) {
    if (!most || sum.looks > most.looks) {
      most = sum;
    }
  }
  return most;
}
