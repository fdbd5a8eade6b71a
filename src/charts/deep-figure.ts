/** The icicle of a deep profile: line, module, operator. Pure. */
import { formatDuration, formatPercent } from '../record/units';
import type { IPlaceContext } from '../views/places/place-words';
import { codeOf, whereWords } from '../views/places/place-words';
import { icicleFigure } from './icicle';
import { plotLabel } from './label';
import type { IFigure } from './plot';
import type { IChartTheme, Rgb } from './theme';
import { mix } from './theme';
import type { DeepNode, DeepProfile } from '../record/_session';

/** The run, lines, modules, operators. */
export const LEVELS = 4;
/** Of a name in the box that shows on pointing. */
const NAME = 80;
/** Nodes drawn. */
const MOST = 600;
const ROOT = 'all';

/**
 * What plotly.js draws: all operators, and below them lines, modules and operators, as wide as
 * their time. `customdata` is the index of the node.
 */
export function deepFigure(
  deep: DeepProfile,
  context: IPlaceContext,
  theme: IChartTheme,
  width: number
): IFigure {
  const nodes = drawn(deep);
  const whole = Math.max(
    deep.operators_s ?? 0,
    nodes.reduce(
      (sum, { node }) => sum + (node.parent === null ? seconds(node) : 0),
      0
    )
  );
  const box = (name: string, value: number) => ({
    name,
    hover: [
      plotLabel(name, NAME),
      `${formatDuration(value)} (${formatPercent(value / whole)})`
    ].join('<br>'),
    value
  });
  return icicleFigure(
    [
      {
        id: ROOT,
        parent: '',
        ...box(context.trans.__('Operators'), whole),
        index: -1,
        color: mix(theme.muted, theme.background, 0.1)
      },
      ...nodes.map(({ node, index }) => ({
        id: `${index}`,
        parent: node.parent === null ? ROOT : `${node.parent}`,
        ...box(nameOf(node, context), seconds(node)),
        index,
        color: colorOf(node, theme)
      }))
    ],
    theme,
    width
  );
}

/** The line that a node stands below, itself among them; `null`: none. */
export function placeAbove(
  { tree = [] }: DeepProfile,
  index: number
): number | null {
  for (let at = tree[index]; at; at = tree[at.parent ?? -1]) {
    if (at.kind === 'line') {
      return at.place ?? null;
    }
    if (at.parent === null || at.parent >= index) {
      return null; // a parent stands before what is below it
    }
  }
  return null;
}

function drawn({ tree = [] }: DeepProfile): {
  node: DeepNode;
  index: number;
}[] {
  const shown = new Set<number>();
  return tree
    .slice(0, MOST)
    .map((node, index) => ({ node, index }))
    .filter(({ node, index }) => {
      const { parent } = node;
      const stands = parent === null || (parent < index && shown.has(parent));
      if (stands && seconds(node) > 0) {
        shown.add(index);
        return true;
      }
      return false;
    });
}

function seconds({ total_s }: DeepNode): number {
  return typeof total_s === 'number' && total_s > 0 ? total_s : 0;
}

function nameOf(node: DeepNode, context: IPlaceContext): string {
  const { record, trans } = context;
  if (node.kind !== 'line') {
    return node.kind === 'operator' && node.phase === 'backward'
      ? trans.__('%1, backward', node.name ?? '')
      : (node.name ?? '');
  }
  const place = (record.places ?? [])[node.place ?? -1];
  if (!place) {
    return trans.__('no line of yours');
  }
  const code = codeOf({ place }, context);
  const where = whereWords({ place }, context).replaceAll('`', '');
  return code ? `${where}: ${code}` : where;
}

function colorOf(node: DeepNode, theme: IChartTheme): Rgb {
  switch (node.kind) {
    case 'line':
      return mix(
        node.place === null ? theme.muted : theme.time,
        theme.background,
        node.place === null ? 0.22 : 0.42
      );
    case 'module':
      return mix(theme.time, theme.background, 0.25);
    default:
      return mix(theme.muted, theme.background, 0.22);
  }
}
