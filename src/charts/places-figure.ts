/** The icicle of a run's places. Pure. */
import type { IPlaceNode, IPlaceTree } from '../record/places';
import { NOISE_LOOKS, isOwnCode, shareOf } from '../record/places';
import { formatDuration, formatPercent } from '../record/units';
import type { IPlaceContext } from '../views/places/place-words';
import { rowName, rowWhere } from '../views/places/place-words';
import { runLabel } from '../views/parts/run-label';
import { icicleFigure } from './icicle';
import { plotLabel } from './label';
import type { IFigure } from './plot';
import type { IChartTheme, Rgb } from './theme';
import { mix } from './theme';

/** Levels drawn below the run; the tree has them all. */
const LEVELS = 10;
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
  const nodes = drawnLevels(tree)
    .flat()
    .map(node => ({
      id: idOf(node.index),
      parent: node.parent === null ? ROOT : idOf(node.parent.index),
      name: rowName(node, context),
      hover: hoverOf(node, tree, context),
      value: node.looks,
      index: node.index,
      color: colorOf(node, theme)
    }));
  const name = runName(context);
  const root = {
    id: ROOT,
    parent: '',
    name,
    hover: plotLabel(name, NAME),
    value: tree.looks,
    index: -1,
    color: colorOf(null, theme)
  };
  return icicleFigure([root, ...nodes], theme, width);
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

function idOf(index: number): string {
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
