/** The rows of a tree of places as they stand on the page. Pure. */
import type { IPlaceNode, IPlaceTree } from '../../record/places';
import { isOwnCode } from '../../record/places';
import type { IMeasure } from './place-measure';

/** Rows at first, and all that can be asked for; what is left out is the least. */
export const SHOWN = 12;
const MOST = 200;

/** A node in sight. */
export interface IPlaceRow {
  readonly kind: 'node';
  readonly node: IPlaceNode;
  /** From 1. */
  readonly level: number;
  readonly position: number;
  readonly siblings: number;
  /** `null`: there is nothing to open. */
  readonly open: boolean | null;
}

/** The rows in sight, and how many more there would be. */
export interface IPlaceRows {
  readonly rows: readonly IPlaceRow[];
  readonly more: number;
}

/**
 * The rows of a tree. What is the user's own is open, and a library is one row, unless it called
 * the user's code.
 *
 * @param turned - indices of the nodes that were opened, or closed if they are open by themselves
 * @param all - whether more was asked for
 * @param measure - what there is most of stands first
 */
export function placeRows(
  { nodes, roots }: IPlaceTree,
  turned: ReadonlySet<number>,
  all: boolean,
  measure: IMeasure
): IPlaceRows {
  const worth = worthShowing(nodes, measure);
  const called = callingOwn(nodes, measure);
  const byAmount = (a: IPlaceNode, b: IPlaceNode) =>
    measure.amountOf(b) - measure.amountOf(a) || a.index - b.index;
  const isOpen = (node: IPlaceNode) =>
    (node.place.kind !== 'library' || called.has(node)) !==
    turned.has(node.index);
  // Parents stand before their children, so each is decided when its children are asked about.
  const unfolded = new Set<IPlaceNode>();
  for (const node of nodes) {
    const { parent } = node;
    if (
      worth.has(node) &&
      (!parent || (unfolded.has(parent) && isOpen(parent)))
    ) {
      unfolded.add(node);
    }
  }
  const most = [...unfolded].sort(byAmount);
  // One more is as good as the row that would announce it.
  const limit = all ? MOST : most.length <= SHOWN + 1 ? most.length : SHOWN;
  const shown = new Set(most.slice(0, limit));
  const rows: IPlaceRow[] = [];
  // A stranger's tree may be deeper than a stack: no recursion.
  const pending = rowsOf(roots, 1);
  function rowsOf(of: readonly IPlaceNode[], level: number): IPlaceRow[] {
    const siblings = of.filter(node => shown.has(node)).sort(byAmount);
    return siblings
      .map((node, index): IPlaceRow => {
        const below = node.children.some(child => worth.has(child));
        const open = below ? isOpen(node) : null;
        const position = index + 1;
        return {
          kind: 'node',
          node,
          level,
          position,
          siblings: siblings.length,
          open
        };
      })
      .reverse();
  }
  for (let row = pending.pop(); row; row = pending.pop()) {
    rows.push(row);
    if (row.open) {
      pending.push(...rowsOf(row.node.children, row.level + 1));
    }
  }
  return { rows, more: most.length - shown.size };
}

/** Nodes that have something to be shown for, and those above them. */
function worthShowing(
  nodes: readonly IPlaceNode[],
  { isWorth }: IMeasure
): Set<IPlaceNode> {
  const worth = new Set<IPlaceNode>();
  for (const node of [...nodes].reverse()) {
    if (worth.has(node) || isWorth(node)) {
      worth.add(node);
      if (node.parent) {
        worth.add(node.parent);
      }
    }
  }
  return worth;
}

/** Nodes below which the user's own code was met. */
function callingOwn(
  nodes: readonly IPlaceNode[],
  { amountOf, noise }: IMeasure
): Set<IPlaceNode> {
  const called = new Set<IPlaceNode>();
  for (const node of [...nodes].reverse()) {
    const isMet = isOwnCode(node) && amountOf(node) >= noise;
    if (node.parent && (isMet || called.has(node))) {
      called.add(node.parent);
    }
  }
  return called;
}
