import * as React from 'react';

import type { IRoofPoint } from '../record/roofline';
import type { DeepRoof } from '../record/_session';
import { linkOf } from '../views/places/place-link';
import type { IPlaceContext } from '../views/places/place-words';
import { codeOf, whereWords } from '../views/places/place-words';
import type { IViewActions } from '../views/state';
import { Plot } from './plot';
import { rooflineFigure } from './roofline-figure';
import type { IChartTheme } from './theme';

const HEIGHT = 240;

/**
 * A point for each line that computes, below the roofs. It is for the eye; the table says the same
 * to everybody. Style sheets hide it where there is no room, and then nothing is loaded.
 */
export function Roofline(props: {
  roofs: readonly DeepRoof[];
  points: readonly IRoofPoint[];
  context: IPlaceContext;
  actions: IViewActions;
}): JSX.Element | null {
  const { roofs, points, context, actions } = props;
  const { trans } = context;
  const draw = React.useCallback(
    (theme: IChartTheme) =>
      rooflineFigure(
        roofs,
        points,
        {
          intensity: trans.__('operations per byte'),
          rate: trans.__('operations per second'),
          name: point => nameOf(point, context)
        },
        theme
      ),
    [roofs, points, context, trans]
  );
  return points.every(({ rate }) => rate === 0) ? null : (
    <div className="jp-Torchprof-placesIcicle" aria-hidden="true">
      <Plot
        draw={draw}
        height={HEIGHT}
        label={trans.__('Lines below the roof of the device')}
        onClick={data => {
          const point = points[typeof data === 'number' ? data : -1];
          const place = (context.record.places ?? [])[point?.line.place ?? -1];
          if (place) {
            linkOf({ place }, context, actions)?.follow();
          }
        }}
        trans={trans}
      />
    </div>
  );
}

function nameOf({ line }: IRoofPoint, context: IPlaceContext): string {
  const place = (context.record.places ?? [])[line.place];
  if (!place) {
    return '';
  }
  const where = whereWords({ place }, context).replaceAll('`', '');
  const code = codeOf({ place }, context);
  return code ? `${where}: ${code}` : where;
}
