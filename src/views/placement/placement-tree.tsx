import * as React from 'react';

import { PlacementIcicle, deviceIndex } from '../../charts/placement';
import type { IPlacementNode } from '../../charts/placement-tree';
import { sumOf } from '../../charts/placement-tree';
import { formatBytes } from '../../record/units';
import { ChevronIcon } from '../parts/icons';
import { useTypeahead } from '../parts/list-keys';
import { nodeBytes, nodeKind, nodeLabel, nodeWords } from './placement-words';
import { Text } from '../parts/text';
import type { INodeRow, ITreeView, TreeRow } from '../parts/tree-rows';
import { nodeName, reveal, treeKey, treeRows } from '../parts/tree-rows';
import type { ITranslate } from '../state';

const NOTHING_TURNED: ITreeView = { turned: new Set(), all: new Set() };

/**
 * What holds the memory: a tree of variables and their parts whose bars are bytes, under an icicle
 * where there is room for one.
 */
export function PlacementTree(props: {
  nodes: readonly IPlacementNode[];
  /** Devices in the order that gives them their colours. */
  devices: readonly string[];
  trans: ITranslate;
}): JSX.Element {
  const { nodes, devices, trans } = props;
  const whole = sumOf(nodes);
  const several = React.useMemo(() => onSeveral(nodes), [nodes]);
  const tree = React.useRef<HTMLUListElement>(null);
  const [view, setView] = React.useState<ITreeView>(NOTHING_TURNED);
  const [focused, setFocused] = React.useState<string | null>(null);
  const [pointed, setPointed] = React.useState<string | null>(null);
  const moving = React.useRef(false);
  const typeahead = useTypeahead();
  const rows = React.useMemo(() => treeRows(nodes, view), [nodes, view]);
  const tabStop = Math.max(
    0,
    rows.findIndex(({ id }) => id === focused)
  );
  const words = React.useCallback(
    (node: IPlacementNode) => nodeWords(node, trans),
    [trans]
  );

  React.useLayoutEffect(() => {
    if (moving.current) {
      moving.current = false;
      const row = tree.current?.children[tabStop] as HTMLElement | undefined;
      row?.focus({ preventScroll: true });
      row?.scrollIntoView?.({ block: 'nearest' });
    }
  });

  const focus = (index: number) => {
    moving.current = true;
    setFocused(rows[index]?.id ?? null);
  };
  const toggle = (row: TreeRow) => {
    if (row.kind === 'more') {
      setView(now => ({ ...now, all: new Set(now.all).add(row.parent) }));
      // The row goes, the focus goes on to the first that comes in its place.
      moving.current = true;
      setFocused(row.first);
    } else if (row.open !== null) {
      const name = nodeName(row.node);
      setView(now => {
        const turned = new Set(now.turned);
        if (!turned.delete(name)) {
          turned.add(name);
        }
        return { ...now, turned };
      });
    }
  };
  const onReveal = (id: string) => {
    setView(now => reveal(nodes, id, now));
    moving.current = true;
    setFocused(id);
  };
  const onKeyDown = (event: React.KeyboardEvent) => {
    const move = treeKey(event.key, tabStop, rows);
    if (move?.kind === 'focus') {
      focus(move.index);
    } else if (move) {
      toggle(rows[move.index]);
    } else {
      const index = typeahead(event, tabStop, rows.length, (index, text) =>
        labelOf(rows[index], trans).toLowerCase().startsWith(text)
      );
      if (index === null) {
        return;
      }
      focus(index);
    }
    event.preventDefault();
  };

  const shown =
    rows.find(({ id }) => id === pointed) ??
    rows.find(({ id }) => id === focused) ??
    rows[0];
  return (
    <>
      <PlacementIcicle
        nodes={nodes}
        devices={devices}
        label={node => nodeLabel(node, trans)}
        words={words}
        onReveal={onReveal}
      />
      <ul
        ref={tree}
        className="jp-Torchprof-tree"
        role="tree"
        aria-label={trans.__('What holds the memory')}
        data-lm-suppress-shortcuts="true"
        onKeyDown={onKeyDown}
        onPointerLeave={() => setPointed(null)}
      >
        {rows.map((row, index) => (
          <li
            key={row.id}
            role="treeitem"
            aria-level={row.level}
            aria-posinset={row.position}
            aria-setsize={row.siblings}
            aria-expanded={(row.kind === 'node' ? row.open : null) ?? undefined}
            tabIndex={index === tabStop ? 0 : -1}
            className="jp-Torchprof-treeRow"
            style={indent(row.level)}
            onFocus={() => setFocused(row.id)}
            onPointerEnter={() => setPointed(row.id)}
            onClick={() => toggle(row)}
          >
            {row.kind === 'node' ? (
              <NodeRow
                row={row}
                whole={whole}
                several={several}
                devices={devices}
                trans={trans}
              />
            ) : (
              <span className="jp-Torchprof-treeMore">
                {labelOf(row, trans)}
              </span>
            )}
          </li>
        ))}
      </ul>
      <p className="jp-Torchprof-treeCaption" aria-hidden="true">
        {shown?.kind === 'node' && words(shown.node)}
      </p>
    </>
  );
}

function NodeRow(props: {
  row: INodeRow;
  whole: number;
  /** The tree is on several devices: each row says on which. */
  several: boolean;
  devices: readonly string[];
  trans: ITranslate;
}): JSX.Element {
  const { row, whole, several, devices, trans } = props;
  const { node } = row;
  return (
    <>
      <span className="jp-Torchprof-treeTwist">
        {row.open !== null && <ChevronIcon open={row.open} />}
      </span>
      <span className="jp-Torchprof-treeName">
        <Text value={nodeLabel(node, trans)} length={100} />{' '}
        <span className="jp-Torchprof-muted">
          <Text value={nodeKind(node, trans)} length={60} />
        </span>
      </span>
      {several && (
        <span className="jp-Torchprof-treeDevice">
          {node.shares.length === 1 ? (
            <Text value={node.shares[0].device ?? '?'} length={20} />
          ) : (
            trans._n('%1 device', '%1 devices', node.shares.length)
          )}
        </span>
      )}
      <span className="jp-Torchprof-treeBytes">{nodeBytes(node)}</span>
      <span className="jp-Torchprof-treeBar" aria-hidden="true">
        {node.shares.map((share, index) => (
          <span
            key={index}
            data-device={deviceIndex({ ...node, shares: [share] }, devices)}
            data-kind={node.kind}
            style={{ width: `${((100 * share.bytes) / whole).toFixed(2)}%` }}
          />
        ))}
      </span>
      <span className="jp-Torchprof-visuallyHidden">
        {nodeWords(node, trans)}
      </span>
    </>
  );
}

function labelOf(row: TreeRow, trans: ITranslate): string {
  return row.kind === 'node'
    ? nodeLabel(row.node, trans)
    : trans._n('%1 more: %2', '%1 more: %2', row.count, formatBytes(row.bytes));
}

function indent(level: number): React.CSSProperties {
  return {
    '--jp-private-torchprof-level': Math.min(level, 8) - 1
  } as React.CSSProperties;
}

function onSeveral(nodes: readonly IPlacementNode[]): boolean {
  const devices = nodes.flatMap(({ shares }) =>
    shares.map(({ device }) => device)
  );
  return new Set(devices).size > 1;
}
