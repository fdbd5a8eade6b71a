/** Where a click on a place leads. */
import type { CellRecord } from '../../record/_session';
import type { IPlaceNode } from '../../record/places';
import type { IPlaceContext, IPlaced } from './place-words';
import { targetOf } from './place-words';
import type { IViewActions } from '../state';

/** A way to where a place stands. */
export interface IPlaceLink {
  /** Its address in this document; `null`: it is a line of a notebook. */
  readonly href: string | null;
  follow(): void;
}

/**
 * To the line, where a notebook is at hand; in a document to the cell, if it is another one.
 * `null`: there is nowhere to go.
 */
export function linkOf(
  node: IPlaced,
  context: IPlaceContext,
  { goToLine, hrefOf }: IViewActions
): IPlaceLink | null {
  const target = targetOf(node, context);
  if (!target) {
    return null;
  }
  const { record, line } = target;
  if (goToLine) {
    return { href: null, follow: () => goToLine(record, line) };
  }
  return hrefOf && record !== context.record
    ? addressLink(hrefOf(record))
    : null;
}

/** To the cell of a run, in the notebook or in a document. */
export function cellLink(
  record: CellRecord,
  { jumpTo, hrefOf }: IViewActions
): IPlaceLink | null {
  return jumpTo
    ? { href: null, follow: () => jumpTo(record) }
    : hrefOf
      ? addressLink(hrefOf(record))
      : null;
}

function addressLink(href: string): IPlaceLink {
  return { href, follow: () => window.location.assign(href) };
}

/** That of the place itself, or of the innermost around it that has one. */
export function linkAbove(
  node: IPlaceNode | null,
  context: IPlaceContext,
  actions: IViewActions
): IPlaceLink | null {
  for (let at = node; at; at = at.parent) {
    const link = linkOf(at, context, actions);
    if (link) {
      return link;
    }
  }
  return null;
}
