import * as React from 'react';

import type { IPlaceTree } from '../record/places';
import { SHARE_LOOKS } from '../record/places';
import { linkAbove } from '../views/places/place-link';
import type { IPlaceContext } from '../views/places/place-words';
import type { IViewActions } from '../views/state';
import { LEVEL } from './icicle';
import { levelsOf, placesFigure } from './places-figure';
import { Plot } from './plot';
import type { IChartTheme } from './theme';

/** Below the run itself; with one level the bars of the tree show the same. */
const LEVELS = 2;

/**
 * The calling-context tree of a run as an icicle: widths are time, what stands below a place was
 * called by it. It is for the eye; the tree below it says the same to everybody. `null` where there
 * is too little to see. Style sheets hide it where there is no room, and then nothing is loaded.
 */
export function PlacesIcicle(props: {
  tree: IPlaceTree;
  context: IPlaceContext;
  actions: IViewActions;
}): JSX.Element | null {
  const { tree, context, actions } = props;
  const levels = React.useMemo(() => levelsOf(tree), [tree]);
  const draw = React.useCallback(
    (theme: IChartTheme, width: number) =>
      placesFigure(tree, context, theme, width),
    [tree, context]
  );
  if (tree.looks < SHARE_LOOKS || levels < LEVELS) {
    return null;
  }
  return (
    <div className="jp-Torchprof-placesIcicle" aria-hidden="true">
      <Plot
        draw={draw}
        height={(1 + levels) * LEVEL}
        label={context.trans.__('Where the time went')}
        onClick={index => {
          const node = tree.nodes.find(node => node.index === index);
          linkAbove(node ?? null, context, actions)?.follow();
        }}
        trans={context.trans}
      />
    </div>
  );
}
