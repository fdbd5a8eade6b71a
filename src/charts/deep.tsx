import * as React from 'react';

import { linkOf } from '../views/places/place-link';
import type { IPlaceContext } from '../views/places/place-words';
import type { IViewActions } from '../views/state';
import { LEVELS, deepFigure, placeAbove } from './deep-figure';
import { LEVEL } from './icicle';
import { Plot } from './plot';
import type { IChartTheme } from './theme';
import type { DeepProfile } from '../record/_session';

/** Fewer say no more than the tables. */
const NODES = 3;

/**
 * Time of operators as an icicle: line, module, operator. It is for the eye; the tables below it say
 * the same to everybody. Style sheets hide it where there is no room, and then nothing is loaded.
 */
export function DeepIcicle(props: {
  deep: DeepProfile;
  context: IPlaceContext;
  actions: IViewActions;
}): JSX.Element | null {
  const { deep, context, actions } = props;
  const draw = React.useCallback(
    (theme: IChartTheme, width: number) =>
      deepFigure(deep, context, theme, width),
    [deep, context]
  );
  if ((deep.tree ?? []).length < NODES) {
    return null;
  }
  return (
    <div className="jp-Torchprof-placesIcicle" aria-hidden="true">
      <Plot
        draw={draw}
        height={LEVELS * LEVEL}
        label={context.trans.__('Operators by line and module')}
        onClick={data => {
          const index = typeof data === 'number' ? data : -1;
          const place = placeAbove(deep, index);
          const found = (context.record.places ?? [])[place ?? -1];
          if (found) {
            linkOf({ place: found }, context, actions)?.follow();
          }
        }}
        trans={context.trans}
      />
    </div>
  );
}
