/**
 * Where a run's time went: its calling-context tree, made safe to walk and summed up. Pure.
 *
 * A record may be a stranger's: a node whose parent does not stand before it is left out with all
 * below it, so there is no cycle to be caught in, and numbers that are none count as zero.
 */
import { HOST } from './derive';
import type { IGrown } from './growth';
import { GROWTH_NOISE, MOST_DEVICES, holdAll, risesOf } from './growth';
import { oncePer } from './once';
import type { CellRecord, Place } from './_session';

/** Places of a run that are looked at; a kernel keeps 500. */
export const MOST_PLACES = 2000;
/** Fewer looks than this say nothing of where the time went. */
export const ENOUGH_LOOKS = 10;
/**
 * Looks at a run from which on shares are drawn, marked and compared. The share of a place is an
 * estimate whose standard error is `sqrt(p (1 - p) / n)`: with 20 looks at most 11 percentage
 * points, so a place of half the time is told apart from one of a quarter.
 */
export const SHARE_LOOKS = 20;
/** Fewer looks than this in one place are noise. */
export const NOISE_LOOKS = 3;

/** What was seen in a place, or in a line. */
export interface ICost extends IGrown {
  /** Looks that met the cell there or in what was called from there. */
  readonly looks: number;
}

/** A node of the tree, with what is in it and below it. */
export interface IPlaceNode extends ICost {
  readonly index: number;
  readonly place: Place;
  readonly parent: IPlaceNode | null;
  /** Those with the most looks first. */
  readonly children: readonly IPlaceNode[];
  /** Looks in this very node. */
  readonly own: number;
}

/** The tree of one run. */
export interface IPlaceTree {
  /** A parent stands before its children. */
  readonly nodes: readonly IPlaceNode[];
  readonly roots: readonly IPlaceNode[];
  /** All looks at the run, those that met none of its places among them. */
  readonly looks: number;
}

interface IGrowing extends IPlaceNode {
  readonly parent: IGrowing | null;
  readonly children: IGrowing[];
  looks: number;
  hostBytes: number;
  readonly deviceBytes: Map<string, number>;
}

/** The tree of a run; the same object as long as the record is. */
export const placeTree = oncePer(grow);

/** Whether it is a line of the user's own, in a cell or in a file. */
export function isOwnCode({ place }: IPlaceNode): boolean {
  return (place.kind === 'cell' || place.kind === 'file') && lineOf(place) > 0;
}

/** The line of a place, 0 for none. */
export function lineOf({ line }: Place): number {
  return typeof line === 'number' && Number.isSafeInteger(line) && line > 0
    ? line
    : 0;
}

/**
 * The line of the run's own text from which a place was reached; `null`: there is none, as of what
 * another thread did. Its twin is `derive.line_of`.
 */
export function cellLine(
  { places = [], source_hash }: Pick<CellRecord, 'places' | 'source_hash'>,
  place: number | null | undefined
): number | null {
  let at = place;
  while (typeof at === 'number' && Object.hasOwn(places, at)) {
    const node = places[at];
    const { parent } = node;
    if (typeof parent !== 'number') {
      return node.source_hash === source_hash ? lineOf(node) || null : null;
    }
    at = parent < at ? parent : null;
  }
  return null;
}

/**
 * The library that did what happened at a place; `null`: the user's own line did. PyTorch's methods
 * in between are no such library. Its twin is `derive.library_of`.
 */
export function libraryOf(
  { places = [] }: Pick<CellRecord, 'places'>,
  place: number | null | undefined
): string | null {
  let at = place;
  while (typeof at === 'number' && Object.hasOwn(places, at)) {
    const { kind, package: name, parent } = places[at];
    if (kind !== 'library') {
      return null;
    }
    if (typeof name === 'string' && name !== 'torch') {
      return name;
    }
    at = typeof parent === 'number' && parent < at ? parent : null;
  }
  return null;
}

/** The part of the run's looks, 0 to 1. */
export function shareOf(looks: number, tree: IPlaceTree): number {
  return tree.looks > 0 ? looks / tree.looks : 0;
}

/**
 * The growth that tells most of a place: of the accelerator that got most, else of the host. A byte
 * of one is not compared with a byte of the other. `null`: none grew by more than noise.
 */
export function tellingGrowth({
  hostBytes,
  deviceBytes
}: ICost): { device: string; bytes: number } | null {
  const [most] = [...deviceBytes]
    .map(([device, bytes]) => ({ device, bytes }))
    .sort((a, b) => b.bytes - a.bytes);
  return (
    [most, { device: HOST, bytes: hostBytes }].find(
      growth => growth && growth.bytes >= GROWTH_NOISE
    ) ?? null
  );
}

/**
 * What each line of a text cost, with all that was called from it. A look, and what memory grew
 * by, counts once for a line, even where the line stands several times on the way to it.
 *
 * @param sourceHash - of the text of a cell
 */
export function lineCosts(
  record: CellRecord,
  sourceHash: string
): Map<number, ICost> {
  const costs = new Map<number, ICost>();
  const rises = risesOf(record);
  const isOf = ({ place }: IPlaceNode) =>
    place.kind === 'cell' && place.source_hash === sourceHash;
  for (const node of placeTree(record).nodes) {
    const line = isOf(node) ? lineOf(node.place) : 0;
    const isWithin = (above: IPlaceNode | null): boolean => {
      for (let at = above; at; at = at.parent) {
        if (isOf(at) && at.place.line === line) {
          return true;
        }
      }
      return false;
    };
    if (line > 0 && !isWithin(node.parent)) {
      const before = costs.get(line);
      costs.set(line, before ? sumOf(before, node, rises) : node);
    }
  }
  return costs;
}

function grow(record: CellRecord): IPlaceTree {
  const { places, stack_samples } = record;
  const all: (IGrowing | null)[] = [];
  (places ?? []).slice(0, MOST_PLACES).forEach((place, index) => {
    const { parent: at } = place;
    const isRoot = at === null || at === undefined;
    const parent = isRoot ? null : (all[at] ?? null);
    if (!isRoot && !parent) {
      all.push(null);
      return;
    }
    const own = count(place.samples);
    const devices = Object.entries(place.device_growth_bytes ?? {})
      .slice(0, MOST_DEVICES)
      .map(([device, bytes]): [string, number] => [device, finite(bytes)]);
    const node: IGrowing = {
      index,
      place,
      parent,
      children: [],
      own,
      looks: own,
      hostBytes: finite(place.host_growth_bytes),
      deviceBytes: new Map(devices)
    };
    parent?.children.push(node);
    all.push(node);
  });
  const nodes = all.filter(node => node !== null);
  // From the leaves up: what is below a node has been summed when it is its turn.
  for (const node of [...nodes].reverse()) {
    const { parent } = node;
    node.children.sort((a, b) => b.looks - a.looks || a.index - b.index);
    if (parent) {
      parent.looks += node.looks;
      parent.hostBytes += node.hostBytes;
      addTo(parent.deviceBytes, node.deviceBytes);
    }
  }
  // Only now: what a place freed counts for those above it.
  const rises = risesOf(record);
  for (const node of nodes) {
    holdAll(node, rises);
  }
  const roots = nodes
    .filter(({ parent }) => parent === null)
    .sort((a, b) => b.looks - a.looks || a.index - b.index);
  const met = roots.reduce((sum, { looks }) => sum + looks, 0);
  return { nodes, roots, looks: Math.max(count(stack_samples), met) };
}

/** Growth of one device in this very place. Bytes. */
export function ownGrowth(place: Place, device: string): number {
  return finite(
    device === HOST
      ? place.host_growth_bytes
      : place.device_growth_bytes?.[device]
  );
}

function sumOf(
  one: ICost,
  other: ICost,
  rises: ReadonlyMap<string, number>
): ICost {
  const hostBytes = one.hostBytes + other.hostBytes;
  const deviceBytes = addTo(new Map(one.deviceBytes), other.deviceBytes);
  return {
    looks: one.looks + other.looks,
    ...holdAll({ hostBytes, deviceBytes }, rises)
  };
}

function addTo(
  sums: Map<string, number>,
  more: ReadonlyMap<string, number>
): Map<string, number> {
  for (const [device, bytes] of more) {
    if (sums.has(device) || sums.size < MOST_DEVICES) {
      sums.set(device, (sums.get(device) ?? 0) + bytes);
    }
  }
  return sums;
}

function count(value: number | undefined): number {
  const known = Math.trunc(finite(value));
  return known > 0 && known < 1e9 ? known : 0;
}

function finite(value: number | undefined): number {
  return typeof value === 'number' && Number.isFinite(value) ? value : 0;
}
