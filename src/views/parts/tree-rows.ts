/** The rows of a tree as they stand on the page, and where keys lead in it. */
import type { IPlacementNode } from '../../charts/placement-tree';
import { targetOfKey } from './list-keys';

/** Children of one parent that are shown at first. */
export const SHOWN = 20;

/** A node, or in place of what is not shown yet the number of those. */
export type TreeRow = INodeRow | IMoreRow;

interface IPlace {
  /** Unique among the rows. */
  readonly id: string;
  /** From 1. */
  readonly level: number;
  readonly position: number;
  readonly siblings: number;
}

export interface INodeRow extends IPlace {
  readonly kind: 'node';
  readonly node: IPlacementNode;
  /** `null`: there is nothing to open. */
  readonly open: boolean | null;
}

export interface IMoreRow extends IPlace {
  readonly kind: 'more';
  /** Name of the parent, `''` at the top. */
  readonly parent: string;
  /** Id of the first that would be shown. */
  readonly first: string;
  /** What would be shown. */
  readonly count: number;
  readonly bytes: number;
}

/** What a node is known by in another run, too. */
export function nodeName({ kind, path }: IPlacementNode): string {
  return `${kind} ${path}`;
}

/** How much of a tree is to be seen. */
export interface ITreeView {
  /** Names of the nodes that were opened, or closed if they are open by themselves. */
  readonly turned: ReadonlySet<string>;
  /** Names of the nodes of which all children are shown, `''` for those at the top. */
  readonly all: ReadonlySet<string>;
}

/** The rows that are to be seen. A single variable is open by itself: its sum is known already. */
export function treeRows(
  nodes: readonly IPlacementNode[],
  view: ITreeView
): TreeRow[] {
  return rowsBelow(nodes, view, null, 1);
}

function rowsBelow(
  nodes: readonly IPlacementNode[],
  view: ITreeView,
  parent: IPlacementNode | null,
  level: number
): TreeRow[] {
  const name = parent ? nodeName(parent) : '';
  // One more is as good as the row that would announce it.
  const cut = view.all.has(name) || nodes.length <= SHOWN + 1;
  const shown = cut ? nodes : nodes.slice(0, SHOWN);
  const siblings = shown.length + (cut ? 0 : 1);
  const rows = shown.flatMap((node, index): TreeRow[] => {
    const single = parent === null && nodes.length === 1;
    const isOpen =
      node.children.length === 0
        ? null
        : view.turned.has(nodeName(node)) !== single;
    const place = { level, position: index + 1, siblings };
    return [
      { kind: 'node', id: node.id, node, open: isOpen, ...place },
      ...(isOpen ? rowsBelow(node.children, view, node, level + 1) : [])
    ];
  });
  if (!cut) {
    const rest = nodes.slice(SHOWN);
    rows.push({
      kind: 'more',
      id: `${parent?.id ?? ''}/more`,
      level,
      position: siblings,
      siblings,
      parent: name,
      first: rest[0].id,
      count: rest.length,
      bytes: rest.reduce((sum, { bytes }) => sum + bytes, 0)
    });
  }
  return rows;
}

/** What a key does in a tree: move the focus to a row, or open or close the one that has it. */
export type TreeMove =
  { kind: 'focus'; index: number } | { kind: 'toggle'; index: number };

/** What keys need to know of a row. */
export interface IKeyRow {
  readonly level: number;
  /** Absent or `null`: there is nothing to open. */
  readonly open?: boolean | null;
}

/** What the key does, `null` if nothing. */
export function treeKey(
  key: string,
  current: number,
  rows: readonly IKeyRow[]
): TreeMove | null {
  const row = rows[current] as IKeyRow | undefined;
  const isOpen = row?.open ?? null;
  switch (key) {
    case 'ArrowRight':
      return isOpen === false
        ? { kind: 'toggle', index: current }
        : isOpen
          ? { kind: 'focus', index: current + 1 }
          : null;
    case 'ArrowLeft': {
      if (isOpen) {
        return { kind: 'toggle', index: current };
      }
      const parent = rows
        .slice(0, current)
        .map(({ level }) => level)
        .lastIndexOf((row?.level ?? 1) - 1);
      return parent >= 0 ? { kind: 'focus', index: parent } : null;
    }
    case 'Enter':
    case ' ':
      return { kind: 'toggle', index: current };
    default: {
      const index = targetOfKey(key, current, rows.length, 10);
      return index === null ? null : { kind: 'focus', index };
    }
  }
}

/** What to show so that the node of this id is in sight. */
export function reveal(
  nodes: readonly IPlacementNode[],
  id: string,
  { turned, all }: ITreeView
): ITreeView {
  const names = { turned: new Set(turned), all: new Set(all).add('') };
  let below = nodes;
  for (const place of id.split('/').slice(0, -1)) {
    const node = below[Number(place)];
    const name = nodeName(node);
    if (below === nodes && nodes.length === 1) {
      names.turned.delete(name);
    } else {
      names.turned.add(name);
    }
    names.all.add(name);
    below = node.children;
  }
  return names;
}
