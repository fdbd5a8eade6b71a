/** An icicle as plotly.js draws it. Pure. */
import type { Data } from 'plotly.js';

import { plotLabel } from './label';
import type { IFigure } from './plot';
import type { IChartTheme, Rgb } from './theme';
import { css } from './theme';

/** Pixels of a level. */
export const LEVEL = 22;
/** Pixels of a letter of the font that is used, about. */
const LETTER = 6.2;
/** Fewer letters of a name say nothing. */
const LETTERS = 4;

/** A box; the first one is the root, and every other stands behind that which it is below. */
export interface IIcicleNode {
  readonly id: string;
  /** `""` for the root. */
  readonly parent: string;
  readonly name: string;
  /** What shows on pointing. */
  readonly hover: string;
  /** With what stands below it: the width, of the root's. */
  readonly value: number;
  /** What a click tells. */
  readonly index: number;
  readonly color: Rgb;
}

/** The drawing; `width` in pixels. */
export function icicleFigure(
  nodes: readonly IIcicleNode[],
  theme: IChartTheme,
  width: number
): IFigure {
  const whole = nodes[0].value;
  const trace = {
    type: 'icicle',
    ids: nodes.map(({ id }) => id),
    parents: nodes.map(({ parent }) => parent),
    labels: nodes.map(({ name, value }) => {
      const room = Math.floor((width * value) / whole / LETTER) - 1;
      return room < LETTERS ? '' : plotLabel(name, room);
    }),
    values: nodes.map(({ value }) => value),
    branchvalues: 'total',
    customdata: nodes.map(({ index }) => index),
    hovertext: nodes.map(({ hover }) => hover),
    hoverinfo: 'text',
    textinfo: 'label',
    textposition: 'middle left',
    marker: {
      colors: nodes.map(({ color }) => css(color)),
      line: { width: 1, color: css(theme.background) }
    },
    leaf: { opacity: 1 },
    tiling: { orientation: 'v', pad: 0 },
    pathbar: { visible: false },
    textfont: { color: css(theme.text), size: 11 },
    maxdepth: -1
  };
  return {
    // The types of plotly.js know nothing of icicles.
    data: [trace as unknown as Data],
    layout: {
      margin: { l: 0, r: 0, t: 0, b: 0 },
      uniformtext: { mode: 'hide', minsize: 10 }
    }
  };
}
