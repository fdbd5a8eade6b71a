import type { Data } from 'plotly.js';
import * as React from 'react';

import { formatBytes } from '../record/units';
import type { Placement, RetainedGraph } from '../record/_session';
import type { ITranslate } from '../views/state';
import { plotLabel } from './label';
import type { IPlacementNode } from './placement-tree';
import { placementTree } from './placement-tree';
import type { IFigure } from './plot';
import { Plot } from './plot';
import type { IChartTheme, Rgb } from './theme';
import { css, mix } from './theme';

/** How much of the device's colour each level has: device, variable, parts of it, … */
const DEPTH = [0.85, 0.55, 0.4, 0.3, 0.22];

/** Square pixels; in a smaller rectangle a label would have to shrink, the tooltip has it. */
const LABELLED = 1800;

/** What lies on which device, as a treemap whose areas are bytes. */
export function PlacementChart(props: {
  placement: Placement;
  retained: readonly RetainedGraph[];
  /** Devices in the order that gives them their colours. */
  devices: readonly string[];
  height: number;
  trans: ITranslate;
}): JSX.Element {
  const { placement, retained, devices, height, trans } = props;
  const draw = React.useCallback(
    (theme: IChartTheme, width: number): IFigure => {
      const nodes = placementTree(placement, retained, {
        root: trans.__('All devices'),
        graphOf: variable => trans.__('graph of %1', variable)
      });
      const data = treemap(nodes, devices, theme, width * height);
      return { data: [data], layout: { margin: { l: 0, r: 0, t: 0, b: 0 } } };
    },
    [placement, retained, devices, height, trans]
  );
  return (
    <Plot
      draw={draw}
      height={height}
      label={trans.__(
        'Placement of tensors by device; the table beside it says the same'
      )}
      trans={trans}
    />
  );
}

function treemap(
  nodes: readonly IPlacementNode[],
  devices: readonly string[],
  theme: IChartTheme,
  area: number
): Data {
  const total = nodes[0]?.bytes ?? 0;
  const colors = nodes.map(node => nodeColor(node, devices, theme));
  return {
    type: 'treemap',
    ids: nodes.map(node => node.id),
    parents: nodes.map(node => node.parent),
    labels: nodes.map(node => plotLabel(node.label, 40)),
    values: nodes.map(node => node.bytes),
    text: nodes.map(node => formatBytes(node.bytes)),
    branchvalues: 'total',
    sort: true,
    texttemplate: nodes.map((node, index) =>
      (node.bytes / total) * area < LABELLED
        ? ''
        : isParent(nodes, index)
          ? '%{label} · %{text}'
          : '%{label}<br>%{text}'
    ),
    hoverinfo: 'text',
    hovertext: nodes.map(
      node =>
        `${plotLabel(node.path, 80)}<br>${formatBytes(node.bytes)}` +
        (node.detail ? `<br>${plotLabel(node.detail, 80)}` : '')
    ),
    tiling: { packing: 'squarify', squarifyratio: 1.6, pad: 2 },
    pathbar: { visible: false },
    marker: {
      colors: colors.map(css),
      pad: { t: 16, l: 2, r: 2, b: 2 },
      line: { width: 0 }
    },
    textfont: { color: colors.map(color => css(textOn(color))), size: 11 },
    // The root's text counts as outside; without a colour plotly.js warns.
    outsidetextfont: { color: css(theme.text), size: 11 }
  };
}

/** Children follow their parent. */
function isParent(nodes: readonly IPlacementNode[], index: number): boolean {
  return nodes[index + 1]?.parent === nodes[index].id;
}

function nodeColor(
  node: IPlacementNode,
  devices: readonly string[],
  theme: IChartTheme
): Rgb {
  if (node.device === null) {
    return theme.background;
  }
  // Tensors on the CPU have the colour of the host.
  const index = Math.max(0, devices.indexOf(node.device));
  const color = theme.series[index % theme.series.length];
  return mix(
    color,
    theme.background,
    DEPTH[Math.min(node.depth, DEPTH.length - 1)]
  );
}

/** Black or white, whichever stands out more (relative luminance as in WCAG). */
function textOn(color: Rgb): Rgb {
  const [red, green, blue] = color.map(channel => (channel / 255) ** 2.2);
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.18
    ? [0, 0, 0]
    : [255, 255, 255];
}
