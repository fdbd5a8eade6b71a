/** The icicle of a run's places. Pure. */
import type { Data } from 'plotly.js';

import type { IPlaceNode, IPlaceTree } from '../record/places';
import { NOISE_LOOKS, isOwnCode, shareOf } from '../record/places';
import { formatDuration, formatPercent } from '../record/units';
import type { IPlaceContext } from '../views/places/place-words';
import { rowName, rowWhere } from '../views/places/place-words';
import { runLabel } from '../views/parts/run-label';
import { plotLabel } from './label';
import type { IFigure } from './plot';
import type { IChartTheme, Rgb } from './theme';
import { css, mix } from './theme';

/** Pixels of a level. */
export const LEVEL = 22;
/** Levels drawn below the run; the tree has them all. */
const LEVELS = 10;
/** Pixels of a letter of the font that is used, about. */
const LETTER = 6.2;
/** Fewer letters of a name say nothing. */
const LETTERS = 4;
/** Of a name in the box that shows on pointing. */
const NAME = 60;
const ROOT = 'run';

/** Levels of places that are more than chance. */
export function levelsOf(tree: IPlaceTree): number {
  return drawnLevels(tree).length;
}

/**
 * What plotly.js draws: the run, and below it the places that were met. `customdata` is the index
 * of the place. The user's own code has the
 * colour of time, that of others is grey.
 */
export function placesFigure(
  tree: IPlaceTree,
  context: IPlaceContext,
  theme: IChartTheme,
  width: number
): IFigure {
  const nodes: { node: IPlaceNode | null; parent: string }[] = [
    { node: null, parent: '' }
  ];
  for (const node of drawnLevels(tree).flat()) {
    const above = node.parent === null ? ROOT : idOf(node.parent);
    nodes.push({ node, parent: above });
  }
  const looks = nodes.map(({ node }) => node?.looks ?? tree.looks);
  const trace = {
    type: 'icicle',
    ids: nodes.map(({ node }) => (node ? idOf(node) : ROOT)),
    parents: nodes.map(({ parent }) => parent),
    labels: nodes.map(({ node }, index) => {
      const room = Math.floor((width * looks[index]) / tree.looks / LETTER) - 1;
      return room < LETTERS
        ? ''
        : plotLabel(node ? rowName(node, context) : runName(context), room);
    }),
    values: looks,
    branchvalues: 'total',
    customdata: nodes.map(({ node }) => node?.index ?? -1),
    hovertext: nodes.map(({ node }) =>
      node ? hoverOf(node, tree, context) : plotLabel(runName(context), NAME)
    ),
    hoverinfo: 'text',
    textinfo: 'label',
    textposition: 'middle left',
    marker: {
      colors: nodes.map(({ node }) => css(colorOf(node, theme))),
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

function drawnLevels({ roots }: IPlaceTree): IPlaceNode[][] {
  const levels: IPlaceNode[][] = [];
  for (
    let level = drawn(roots);
    level.length > 0 && levels.length < LEVELS;
    level = level.flatMap(({ children }) => drawn(children))
  ) {
    levels.push(level);
  }
  return levels;
}

function drawn(nodes: readonly IPlaceNode[]): IPlaceNode[] {
  return nodes.filter(({ looks }) => looks >= NOISE_LOOKS);
}

function idOf({ index }: IPlaceNode): string {
  return `${index}`;
}

function runName({ record }: IPlaceContext): string {
  return `${runLabel(record)} · ${formatDuration(record.duration_s)}`;
}

/** ``"augment, [2] line 3"``, its time and share, its samples. */
function hoverOf(
  node: IPlaceNode,
  tree: IPlaceTree,
  context: IPlaceContext
): string {
  const { record, trans } = context;
  const share = shareOf(node.looks, tree);
  const where = rowWhere(node, context);
  return [
    plotLabel(rowName(node, context), NAME),
    ...(where ? [plotLabel(where, NAME)] : []),
    trans.__(
      'about %1 (%2)',
      formatDuration(share * record.duration_s),
      formatPercent(share)
    ),
    trans.__('%1 of %2 samples', node.looks, tree.looks)
  ].join('<br>');
}

function colorOf(node: IPlaceNode | null, theme: IChartTheme): Rgb {
  return node && isOwnCode(node)
    ? mix(theme.time, theme.background, 0.42)
    : mix(theme.muted, theme.background, node ? 0.22 : 0.1);
}
