import * as React from 'react';

import type { IPlaceChange } from '../../record/compare-places';
import { isOwnCode, lineOf } from '../../record/places';
import type { IPlaceContext } from '../places/place-words';
import { rowName, rowWhere } from '../places/place-words';
import { Text } from '../parts/text';
import { TimeCells, TimeChanges } from './time-changes';
import type { ITranslate } from '../state';
import type { INames } from './words';

const NOTHING: ReadonlySet<string> = new Set();

/** The places whose time changed most; nothing where none did beyond noise. */
export function PlaceChanges(props: {
  places: readonly IPlaceChange[];
  names: INames;
  trans: ITranslate;
}): JSX.Element | null {
  const { places, names, trans } = props;
  if (places.length === 0) {
    return null;
  }
  const hasLibraries = places.some(({ node }) => !isOwnCode(node));
  return (
    <TimeChanges
      title={trans.__('Places that changed most')}
      heading={trans.__('Place')}
      className="jp-Torchprof-placeChanges"
      names={names}
      note={
        <>
          {trans.__(
            'From samples: time in the place itself and in libraries called from there. What chance may make is left out.'
          )}{' '}
          {hasLibraries &&
            trans.__('Libraries count for what called them as well.')}
        </>
      }
      trans={trans}
    >
      {places.map((change, index) => (
        <Row key={index} change={change} trans={trans} />
      ))}
    </TimeChanges>
  );
}

function Row(props: { change: IPlaceChange; trans: ITranslate }): JSX.Element {
  const { change, trans } = props;
  const { node, run, before, after } = change;
  const context: IPlaceContext = { ...run, stale: NOTHING, trans };
  return (
    <tr>
      <th scope="row" data-kind={node.place.kind}>
        <Text value={rowName(node, context)} length={40} />{' '}
        <span className="jp-Torchprof-muted">
          <Text value={where(change, context)} length={80} />
        </span>
      </th>
      <TimeCells before={before} after={after} />
    </tr>
  );
}

/** A line of the run's own cell is told with its number: the table may be of several cells. */
function where({ node, run }: IPlaceChange, context: IPlaceContext): string {
  const { place } = node;
  const { execution_count: count, source_hash } = run.record;
  return place.kind === 'cell' &&
    place.source_hash === source_hash &&
    typeof count === 'number'
    ? context.trans.__('[%1] line %2', count, lineOf(place))
    : rowWhere(node, context);
}
