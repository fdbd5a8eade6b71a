import * as React from 'react';

import type { IPlaceTree } from '../record/places';
import { NOISE_LOOKS, largestGrowth, shareOf } from '../record/places';
import { formatBytesDelta, formatPercent } from '../record/units';
import { ChevronIcon } from './icons';
import type { IPlaceRow } from './place-rows';
import { GROWTH } from './place-rows';
import type { IPlaceContext } from './place-words';
import { codeOf, rowName, rowWhere } from './place-words';
import { Code, Text } from './text';

/** One place: its name, where it stands, what memory it took, its share of the time. */
export function PlaceRow(props: {
  row: IPlaceRow;
  tree: IPlaceTree;
  context: IPlaceContext;
  isTabStop: boolean;
  /** It is a line that can be gone to. */
  isTarget: boolean;
  onFocus(): void;
  onPoint(): void;
  onChoose(): void;
  onToggle(): void;
}): JSX.Element {
  const { row, tree, context, isTarget } = props;
  const { node } = row;
  const { trans } = context;
  const share = shareOf(node.looks, tree);
  const growth = largestGrowth(node);
  const name = rowName(node, context);
  const code = codeOf(node, context);
  return (
    <li
      role="treeitem"
      aria-level={row.level}
      aria-posinset={row.position}
      aria-setsize={row.siblings}
      aria-expanded={row.open ?? undefined}
      tabIndex={props.isTabStop ? 0 : -1}
      className="jp-Torchprof-treeRow"
      data-noise={node.looks < NOISE_LOOKS || undefined}
      data-target={isTarget || undefined}
      style={
        {
          '--jp-private-torchprof-level': Math.min(row.level, 8) - 1
        } as React.CSSProperties
      }
      onFocus={props.onFocus}
      onPointerEnter={props.onPoint}
      onClick={props.onChoose}
    >
      <span
        className="jp-Torchprof-treeTwist"
        onClick={event => {
          if (row.open !== null) {
            event.stopPropagation();
            props.onToggle();
          }
        }}
      >
        {row.open !== null && <ChevronIcon open={row.open} />}
      </span>
      <span className="jp-Torchprof-treeName">
        <Text value={name} length={100} />{' '}
        <span className="jp-Torchprof-placeWhere jp-Torchprof-muted">
          <Text value={rowWhere(node, context)} length={100} />
        </span>
        {code && code !== name && (
          <span className="jp-Torchprof-placeCode">
            <Code value={code} length={120} />
          </span>
        )}
      </span>
      {growth >= GROWTH && (
        <span
          className="jp-Torchprof-placeGrowth"
          title={trans.__('Growth of memory')}
        >
          {formatBytesDelta(growth)}
        </span>
      )}
      <span className="jp-Torchprof-placeShare">{formatPercent(share)}</span>
      <span className="jp-Torchprof-treeBar" aria-hidden="true">
        <span
          data-kind={node.place.kind}
          style={{ width: `${(100 * share).toFixed(2)}%` }}
        />
      </span>
      {isTarget && (
        <span className="jp-Torchprof-visuallyHidden">
          {trans.__('go to the line')}
        </span>
      )}
    </li>
  );
}
