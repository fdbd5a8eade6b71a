/** The places of a run by the user's own line that led there. Pure. */
import type { IPlaceNode, IPlaceTree } from './places';
import { isOwnCode } from './places';

/** Each node with the last line of the user's own on the way to it; `null`: there is none. */
export function ownLines({
  nodes
}: IPlaceTree): Map<IPlaceNode, IPlaceNode | null> {
  const within = new Map<IPlaceNode, IPlaceNode | null>();
  // Parents stand before their children.
  for (const node of nodes) {
    const above = node.parent && (within.get(node.parent) ?? null);
    within.set(node, isOwnCode(node) ? node : above);
  }
  return within;
}

/** One key of several parts, of names that may be a stranger's, megabytes long. */
export function partsKey(
  ...parts: (string | number | null | undefined)[]
): string {
  return JSON.stringify(
    parts.map(part => (typeof part === 'string' ? part.slice(0, 1000) : part))
  );
}
