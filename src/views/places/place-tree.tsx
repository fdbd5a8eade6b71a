import * as React from 'react';

import type { IPlaceTree } from '../../record/places';
import { useTypeahead } from '../parts/list-keys';
import type { IMeasure } from './place-measure';
import { PlaceRow } from './place-row';
import { linkOf } from './place-link';
import type { IPlaceRow } from './place-rows';
import { placeRows } from './place-rows';
import type { IPlaceContext } from './place-words';
import { codeOf, rowName } from './place-words';
import { Code } from '../parts/text';
import { treeKey } from '../parts/tree-rows';
import type { IViewActions } from '../state';

/**
 * The places of a run as a tree whose bars are time, or growth of memory. A click on a line of the notebook goes there;
 * the arrow before it folds what is below.
 */
export function PlaceTree(props: {
  tree: IPlaceTree;
  measure: IMeasure;
  context: IPlaceContext;
  actions: IViewActions;
}): JSX.Element {
  const { tree, measure, context, actions } = props;
  const { trans } = context;
  const list = React.useRef<HTMLUListElement>(null);
  const [turned, setTurned] = React.useState<ReadonlySet<number>>(new Set());
  const [all, setAll] = React.useState(false);
  const [focused, setFocused] = React.useState<number | null>(null);
  const [pointed, setPointed] = React.useState<number | null>(null);
  const moving = React.useRef(false);
  const typeahead = useTypeahead();
  const { rows, more } = React.useMemo(
    () => placeRows(tree, turned, all, measure),
    [tree, turned, all, measure]
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
      setTurned(before => {
        const now = new Set(before);
        if (!now.delete(node.index)) {
          now.add(node.index);
        }
        return now;
      });
    }
  };
  const choose = (row: IPlaceRow) => {
    const link = linkOf(row.node, context, actions);
    if (link) {
      link.follow();
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
        aria-label={measure.title}
        data-lm-suppress-shortcuts="true"
        onKeyDown={onKeyDown}
        onPointerLeave={() => setPointed(null)}
      >
        {rows.map((row, index) => (
          <PlaceRow
            key={row.node.index}
            row={row}
            measure={measure}
            context={context}
            isTabStop={index === tabStop}
            link={linkOf(row.node, context, actions)}
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
        <span>{measure.caption(shown.node)}</span>
      </p>
    </>
  );
}
