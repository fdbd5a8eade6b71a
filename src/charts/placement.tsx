import * as React from 'react';

import { formatBytes } from '../record/units';
import { clip } from '../views/parts/text';
import { deviceHue } from '../views/parts/usage';
import type { IPlacementNode } from './placement-tree';
import { sumOf } from './placement-tree';

/** Rows drawn: variables, and what is below them. */
const LEVELS = 4;
/** Smaller shares of the whole cannot be seen. */
const VISIBLE = 0.003;
/** Rectangles drawn at most. */
const LIMIT = 300;
/** A rectangle of this share of the whole has room for its name. */
const NAMED = 0.04;

interface IRectangle {
  readonly node: IPlacementNode;
  readonly depth: number;
  /** From the left, as a share of the width. */
  readonly start: number;
  readonly share: number;
}

/**
 * What holds the memory as an icicle: widths are bytes, what lies below a thing is a part of it,
 * and the colours are those of the devices. It is for the eye; the tree below it says the same to
 * everybody, and a click leads there.
 */
export function PlacementIcicle(props: {
  nodes: readonly IPlacementNode[];
  /** Devices in the order that gives them their colours. */
  devices: readonly string[];
  /** Its name. */
  label: (node: IPlacementNode) => string;
  /** What there is to know of a node. */
  words: (node: IPlacementNode) => string;
  onReveal: (id: string) => void;
}): JSX.Element | null {
  const { nodes, devices, label, words, onReveal } = props;
  const rectangles = React.useMemo(() => layOut(nodes), [nodes]);
  const depth = rectangles.reduce(
    (most, { depth }) => Math.max(most, depth),
    0
  );
  return (
    <div
      className="jp-Torchprof-icicle"
      aria-hidden="true"
      style={
        { '--jp-private-torchprof-levels': depth + 1 } as React.CSSProperties
      }
    >
      {rectangles.map(({ node, depth, start, share }) => (
        <span
          key={node.id}
          className="jp-Torchprof-icicleNode"
          data-device={deviceIndex(node, devices)}
          data-kind={node.kind}
          data-depth={depth}
          title={words(node)}
          style={{
            left: `${(100 * start).toFixed(2)}%`,
            width: `${(100 * share).toFixed(2)}%`
          }}
          onClick={() => onReveal(node.id)}
        >
          {share >= NAMED && (
            <span>
              <bdi>{clip(label(node), 60)}</bdi> · {formatBytes(node.bytes)}
            </span>
          )}
        </span>
      ))}
    </div>
  );
}

/** The place of the device's colour; `"mixed"` for a node on several, or on one nobody knows. */
export function deviceIndex(
  { shares }: IPlacementNode,
  devices: readonly string[]
): number | 'mixed' {
  return deviceHue(shares.length === 1 ? shares[0].device : null, devices);
}

function layOut(nodes: readonly IPlacementNode[]): IRectangle[] {
  const whole = sumOf(nodes);
  const rectangles: IRectangle[] = [];
  const place = (
    siblings: readonly IPlacementNode[],
    start: number,
    depth: number
  ) => {
    for (const node of siblings) {
      const share = node.bytes / whole;
      if (share < VISIBLE || rectangles.length >= LIMIT) {
        // Siblings are sorted: those that follow are no larger.
        return;
      }
      rectangles.push({ node, depth, start, share });
      if (depth + 1 < LEVELS) {
        place(node.children, start, depth + 1);
      }
      start += share;
    }
  };
  place(nodes, 0, 0);
  return rectangles;
}
