import * as React from 'react';

import type { ISilenced } from '../../record/derive';
import { findRun } from '../../record/derive';
import { ListActions, ListFilter } from './list-tools';
import type { RowOrder } from './rows';
import { profiledCells, rowOf } from './rows';
import { RunList } from './runs';
import { searchRows } from './search';
import { Section } from '../parts/section';
import { Selected } from './selected';
import type { CellRecord, Session } from '../../record/_session';
import type { ActionStates, Gone, ITranslate, IViewActions } from '../state';

/**
 * The list of cells, and the detail of the selected one: below it, or beside it where there is
 * room. Samples of a running cell do not draw it again.
 */
export const Cells = React.memo(CellsView);

function CellsView(props: {
  session: Session;
  /** `run_id` of the run whose detail is open. */
  selected: string | null;
  /** Grows each time that the focus is to go into the detail. Absent: it never is. */
  entries?: number;
  stale: ReadonlySet<string>;
  /** Of these runs those whose cell is gone. Absent: none. */
  gone?: ReadonlyMap<string, Gone>;
  /** Advice whose fix is in the cells and has not run yet, by `adviceKey`. Absent: none. */
  applied?: ReadonlySet<string>;
  silenced: ISilenced;
  cellOrder?: readonly string[];
  states?: ActionStates;
  /** A cell is running. */
  busy: boolean;
  /** Its id. Absent: none is running, or nobody knows which. */
  running?: string | null;
  actions: IViewActions;
  trans: ITranslate;
}): JSX.Element {
  const { session, stale, silenced, cellOrder, actions, trans } = props;
  const [order, setOrder] = React.useState<RowOrder>('newest');
  const place = React.useRef<HTMLDivElement>(null);
  const [query, setQuery] = React.useState('');
  const sought = React.useDeferredValue(query.trim());
  const rows = React.useMemo(
    () => profiledCells(session, order, cellOrder, silenced),
    [session, order, cellOrder, silenced]
  );
  const found = React.useMemo(() => searchRows(rows, sought), [rows, sought]);
  const record = findRun(session, props.selected);
  const select = React.useCallback(
    (chosen: CellRecord) => {
      actions.select?.(chosen.run_id);
      actions.jumpTo?.(chosen);
    },
    [actions]
  );
  const count =
    sought === ''
      ? rows.length
      : trans.__('%1 of %2', found.length, rows.length);
  return (
    <div ref={place} className="jp-Torchprof-browse">
      <Section
        title={trans.__('Cells')}
        className="jp-Torchprof-cells"
        summary={count}
        tools={<ListActions actions={actions} trans={trans} />}
      >
        <ListFilter
          query={query}
          onQuery={setQuery}
          order={order}
          onOrder={setOrder}
          onLeave={() =>
            place.current
              ?.querySelector<HTMLElement>('[role=option][tabindex="0"]')
              ?.focus()
          }
          trans={trans}
        />
        <RunList
          rows={found}
          selected={rowOf(found, record)}
          stale={stale}
          gone={props.gone}
          silenced={silenced}
          running={props.running}
          onSelect={select}
          trans={trans}
        />
        {found.length === 0 && (
          <NoMatch query={sought} onClear={() => setQuery('')} trans={trans} />
        )}
        <span aria-live="polite" className="jp-Torchprof-visuallyHidden">
          {sought !== '' &&
            trans._n('%1 cell found', '%1 cells found', found.length)}
        </span>
      </Section>
      {record && <Selected {...props} record={record} />}
    </div>
  );
}

function NoMatch(props: {
  query: string;
  onClear: () => void;
  trans: ITranslate;
}): JSX.Element {
  const { query, onClear, trans } = props;
  return (
    <p className="jp-Torchprof-noMatch">
      {trans.__('No cell has “%1” in its source, names or advice.', query)}{' '}
      <button type="button" className="jp-Torchprof-link" onClick={onClear}>
        {trans.__('Clear search')}
      </button>
    </p>
  );
}
