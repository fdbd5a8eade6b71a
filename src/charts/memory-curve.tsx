import * as React from 'react';

import type { DeepCurve } from '../record/_session';
import { categoryWords } from '../views/deep/what-if-words';
import type { ITranslate } from '../views/state';
import { memoryCurveFigure } from './memory-curve-figure';
import { Plot } from './plot';
import type { IChartTheme } from './theme';

const HEIGHT = 200;
/** Fewer points are no curve. */
const POINTS = 3;

/**
 * Memory of a step by what it is for. It is for the eye; the numbers at its peak stand below it.
 * Style sheets hide it where there is no room, and then nothing is loaded.
 */
export function MemoryCurve(props: {
  curve: DeepCurve | null | undefined;
  hue: number | 'mixed';
  trans: ITranslate;
}): JSX.Element | null {
  const { curve, hue, trans } = props;
  const draw = React.useCallback(
    (theme: IChartTheme) =>
      memoryCurveFigure(
        curve ?? {},
        category => categoryWords(category, trans),
        { time: trans.__('milliseconds of the step') },
        theme,
        hue === 'mixed' ? theme.muted : theme.series[hue]
      ),
    [curve, hue, trans]
  );
  return (curve?.t_s ?? []).length < POINTS ? null : (
    <div className="jp-Torchprof-placesIcicle" aria-hidden="true">
      <Plot
        draw={draw}
        height={HEIGHT}
        label={trans.__('Memory of a step by what it is for')}
        trans={trans}
      />
    </div>
  );
}
