import * as React from 'react';

import type { IPlaceNode, IPlaceTree } from '../record/places';
import { largestGrowth } from '../record/places';
import { formatBytesDelta } from '../record/units';
import { useTypeahead } from './list-keys';
import { PlaceRow } from './place-row';
import type { IPlaceRow } from './place-rows';
import { GROWTH, placeRows } from './place-rows';
import type { IPlaceContext } from './place-words';
import { codeOf, rowName, targetOf } from './place-words';
import { Code } from './text';
import { treeKey } from './tree-rows';
import type { ITranslate, IViewActions } from './state';

/**
 * The places of a run as a tree whose bars are time. A click on a line of the notebook goes there;
 * the arrow before it folds what is below.
 */
export function PlaceTree(props: {
  tree: IPlaceTree;
  context: IPlaceContext;
  actions: IViewActions;
}): JSX.Element {
  const { tree, context, actions } = props;
  const { trans } = context;
  const list = React.useRef<HTMLUListElement>(null);
  const [turned, setTurned] = React.useState<ReadonlySet<number>>(new Set());
  const [all, setAll] = React.useState(false);
  const [focused, setFocused] = React.useState<number | null>(null);
  const [pointed, setPointed] = React.useState<number | null>(null);
  const moving = React.useRef(false);
  const typeahead = useTypeahead();
  const { rows, more } = React.useMemo(
    () => placeRows(tree, turned, all),
    [tree, turned, all]
  );
  const find = (index: number | null) =>
    rows.find(({ node }) => node.index === index);
  const tabStop = Math.max(0, rows.indexOf(find(focused) ?? rows[0]));

  React.useLayoutEffect(() => {
    if (moving.current) {
      moving.current = false;
      const row = list.current?.children[tabStop] as HTMLElement | undefined;
      row?.focus({ preventScroll: true });
      row?.scrollIntoView?.({ block: 'nearest' });
    }
  });

  const toggle = ({ node, open }: IPlaceRow) => {
    if (open !== null) {
      const now = new Set(turned);
      if (!now.delete(node.index)) {
        now.add(node.index);
      }
      setTurned(now);
    }
  };
  const isTarget = ({ node }: IPlaceRow) =>
    Boolean(actions.goToLine && targetOf(node, context));
  const choose = (row: IPlaceRow) => {
    const target = targetOf(row.node, context);
    if (target && actions.goToLine) {
      actions.goToLine(target.record, target.line);
    } else {
      toggle(row);
    }
  };
  const focus = (index: number) => {
    moving.current = true;
    setFocused(rows[index]?.node.index ?? null);
  };
  const onKeyDown = (event: React.KeyboardEvent) => {
    const move = treeKey(event.key, tabStop, rows);
    if (event.key === 'Enter' || event.key === ' ') {
      choose(rows[tabStop]);
    } else if (move?.kind === 'focus') {
      focus(move.index);
    } else if (move) {
      toggle(rows[move.index]);
    } else {
      const index = typeahead(event, tabStop, rows.length, (index, text) =>
        rowName(rows[index].node, context).toLowerCase().startsWith(text)
      );
      if (index === null) {
        return;
      }
      focus(index);
    }
    event.preventDefault();
  };

  const shown = find(pointed) ?? find(focused) ?? rows[0];
  const code = codeOf(shown.node, context);
  return (
    <>
      <ul
        ref={list}
        className="jp-Torchprof-tree jp-Torchprof-places"
        role="tree"
        aria-label={trans.__('Where the time went')}
        data-lm-suppress-shortcuts="true"
        onKeyDown={onKeyDown}
        onPointerLeave={() => setPointed(null)}
      >
        {rows.map((row, index) => (
          <PlaceRow
            key={row.node.index}
            row={row}
            tree={tree}
            context={context}
            isTabStop={index === tabStop}
            isTarget={isTarget(row)}
            onFocus={() => setFocused(row.node.index)}
            onPoint={() => setPointed(row.node.index)}
            onChoose={() => choose(row)}
            onToggle={() => toggle(row)}
          />
        ))}
      </ul>
      {more > 0 && !all && (
        <button
          type="button"
          className="jp-Torchprof-link"
          onClick={() => {
            // The button goes: the focus goes back into what it made longer.
            moving.current = true;
            setAll(true);
          }}
        >
          {trans._n('%1 more', '%1 more', more)}
        </button>
      )}
      <p className="jp-Torchprof-treeCaption" aria-hidden="true">
        {code && <Code value={code} length={120} />}
        <span>{looksWords(shown.node, tree, trans)}</span>
      </p>
    </>
  );
}

function looksWords(
  node: IPlaceNode,
  tree: IPlaceTree,
  trans: ITranslate
): string {
  const { looks, own } = node;
  const words =
    own === looks
      ? trans.__('%1 of %2 samples', looks, tree.looks)
      : trans.__('%1 of %2 samples, %3 in itself', looks, tree.looks, own);
  const growth = largestGrowth(node);
  return growth < GROWTH ? words : `${formatBytesDelta(growth)} · ${words}`;
}
