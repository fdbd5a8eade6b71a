import * as React from 'react';

import { tellingGrowth } from '../../record/places';
import { ChevronIcon } from '../parts/icons';
import { growthWords } from './growth-words';
import type { IPlaceLink } from './place-link';
import type { IMeasure } from './place-measure';
import type { IPlaceRow } from './place-rows';
import type { IPlaceContext } from './place-words';
import { codeOf, rowName, rowWhere } from './place-words';
import { Code, Text } from '../parts/text';

/** One place: its name, where it stands, what memory it took, its share of the time. */
export function PlaceRow(props: {
  row: IPlaceRow;
  measure: IMeasure;
  context: IPlaceContext;
  isTabStop: boolean;
  /** Where its line can be gone to. */
  link: IPlaceLink | null;
  onFocus(): void;
  onPoint(): void;
  onChoose(): void;
  onToggle(): void;
}): JSX.Element {
  const { row, measure, context, link } = props;
  const { node } = row;
  const { trans } = context;
  const growth = measure.kind === 'time' ? tellingGrowth(node) : null;
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
      data-noise={measure.amountOf(node) < measure.noise || undefined}
      data-target={link !== null || undefined}
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
        {link?.href ? (
          <a
            href={link.href}
            tabIndex={-1}
            // The browser follows it, in a new tab if it was asked to.
            onClick={event => event.stopPropagation()}
          >
            <Text value={name} length={100} />
          </a>
        ) : (
          <Text value={name} length={100} />
        )}{' '}
        <span className="jp-Torchprof-placeWhere jp-Torchprof-muted">
          <Text value={rowWhere(node, context)} length={100} />
        </span>
        {code && code !== name && (
          <span className="jp-Torchprof-placeCode">
            <Code value={code} length={120} />
          </span>
        )}
      </span>
      {growth && (
        <span
          className="jp-Torchprof-placeGrowth"
          title={trans.__('Growth of memory')}
        >
          {growthWords(growth, context.record, trans)}
        </span>
      )}
      <span className="jp-Torchprof-placeShare">{measure.words(node)}</span>
      <span className="jp-Torchprof-treeBar" aria-hidden="true">
        <span
          data-kind={node.place.kind}
          style={{ width: `${(100 * measure.shareOf(node)).toFixed(2)}%` }}
        />
      </span>
      {link && (
        <span className="jp-Torchprof-visuallyHidden">
          {link.href === null
            ? trans.__('go to the line')
            : trans.__('go to the cell')}
        </span>
      )}
    </li>
  );
}
