/** Search, order and actions of the list of cells. */
import * as React from 'react';

import { IconButton } from '../parts/icon-button';
import { ExportIcon } from '../parts/icons';
import type { RowOrder } from './rows';
import type { ITranslate, IViewActions } from '../state';

/** A box to search in, and the order of what is found. */
export function ListFilter(props: {
  query: string;
  onQuery: (query: string) => void;
  order: RowOrder;
  onOrder: (order: RowOrder) => void;
  /** Arrow down leads from the box to what was found. */
  onLeave: () => void;
  trans: ITranslate;
}): JSX.Element {
  const { query, onQuery, order, onOrder, onLeave, trans } = props;
  return (
    <div className="jp-Torchprof-listFilter" role="search">
      <input
        type="search"
        className="jp-Torchprof-search"
        value={query}
        placeholder={trans.__('Search cells')}
        title={trans.__(
          'Words of the source, names of variables or rules, or [3] for a run'
        )}
        aria-label={trans.__('Search cells')}
        spellCheck={false}
        autoComplete="off"
        onChange={event => onQuery(event.target.value)}
        onKeyDown={event => {
          if (event.key === 'ArrowDown') {
            event.preventDefault();
            onLeave();
          } else if (event.key === 'Escape' && query !== '') {
            // Only an empty box lets the key through, to whatever is around the panel.
            event.preventDefault();
            event.stopPropagation();
            onQuery('');
          }
        }}
      />
      <select
        className="jp-Torchprof-select"
        aria-label={trans.__('Order of the cells')}
        value={order}
        onChange={event => onOrder(event.target.value as RowOrder)}
      >
        <option value="newest">{trans.__('Newest')}</option>
        <option value="notebook">{trans.__('Notebook')}</option>
        <option value="time">{trans.__('Time')}</option>
        <option value="peak">{trans.__('Peak memory')}</option>
        <option value="kept">{trans.__('Kept memory')}</option>
        <option value="advice">{trans.__('Advice')}</option>
      </select>
    </div>
  );
}

/** What can be done with all cells. */
export function ListActions(props: {
  actions: IViewActions;
  trans: ITranslate;
}): JSX.Element | null {
  const { actions, trans } = props;
  return actions.exportReport ? (
    <IconButton
      label={trans.__('Export HTML report…')}
      onClick={() => actions.exportReport?.()}
    >
      <ExportIcon />
    </IconButton>
  ) : null;
}
