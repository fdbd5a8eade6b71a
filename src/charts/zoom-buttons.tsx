import * as React from 'react';

import { IconButton } from '../views/parts/icon-button';
import {
  EqualIcon,
  WholeIcon,
  ZoomInIcon,
  ZoomOutIcon
} from '../views/parts/icons';
import type { ITranslate } from '../views/state';
import type { Zoom } from './zoom';
import { ALL, around } from './zoom';

/** By how much a click on a button enlarges. */
export const FACTOR = 2;

/** Without a mouse's drag: closer, farther, all; and all runs as wide, whatever they took. */
export function ZoomButtons(props: {
  zoom: Zoom;
  setZoom: (zoom: Zoom) => void;
  isEqual: boolean;
  setEqual: (isEqual: boolean) => void;
  trans: ITranslate;
}): JSX.Element {
  const { zoom, setZoom, isEqual, setEqual, trans } = props;
  const isAll = zoom === ALL;
  return (
    <span className="jp-Torchprof-zoom">
      <IconButton
        label={trans.__('Same width for each run')}
        pressed={isEqual}
        onClick={() => setEqual(!isEqual)}
      >
        <EqualIcon />
      </IconButton>
      <IconButton
        label={trans.__('Zoom in')}
        onClick={() => setZoom(around(zoom, FACTOR))}
      >
        <ZoomInIcon />
      </IconButton>
      <IconButton
        label={trans.__('Zoom out')}
        disabled={isAll}
        onClick={() => setZoom(around(zoom, 1 / FACTOR))}
      >
        <ZoomOutIcon />
      </IconButton>
      <IconButton
        label={trans.__('Show the whole session')}
        disabled={isAll}
        onClick={() => setZoom(ALL)}
      >
        <WholeIcon />
      </IconButton>
    </span>
  );
}
