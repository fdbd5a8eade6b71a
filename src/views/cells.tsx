import * as React from 'react';

import { NOTHING_SILENCED, findRun, safeAdvice } from '../record/derive';
import { IconButton } from './icon-button';
import { ApplyAllIcon, ExportIcon } from './icons';
import type { RowOrder } from './rows';
import { profiledCells, rowOf } from './rows';
import { RunList } from './runs';
import { Section } from './section';
import { Selected } from './selected';
import type { CellRecord, Session } from '../record/_session';
import type { IPanelState, ITranslate, IViewActions } from './state';

/** The list of cells, and the detail of the selected one below it. */
export function Cells(props: {
  state: IPanelState;
  session: Session;
  actions: IViewActions;
  trans: ITranslate;
}): JSX.Element {
  const { state, session, actions, trans } = props;
  const [order, setOrder] = React.useState<RowOrder>('newest');
  const rows = React.useMemo(
    () => profiledCells(session, order, state.cellOrder),
    [session, order, state.cellOrder]
  );
  const record = findRun(session, state.selected);
  const { stale, silenced = NOTHING_SILENCED } = state;
  const safe = React.useMemo(
    () => safeAdvice(session, silenced, stale).length,
    [session, silenced, stale]
  );
  const select = (chosen: CellRecord) => {
    actions.select?.(chosen.run_id);
    actions.jumpTo?.(chosen);
  };
  return (
    <>
      <Section
        title={trans.__('Cells')}
        className="jp-Torchprof-cells"
        summary={rows.length}
        tools={
          <ListTools
            order={order}
            onOrder={setOrder}
            safe={safe}
            actions={actions}
            trans={trans}
          />
        }
      >
        <RunList
          rows={rows}
          selected={rowOf(rows, record)}
          stale={state.stale}
          silenced={silenced}
          onSelect={select}
          trans={trans}
        />
      </Section>
      {record && (
        <Selected
          session={session}
          record={record}
          state={state}
          actions={actions}
          trans={trans}
        />
      )}
    </>
  );
}

function ListTools(props: {
  order: RowOrder;
  onOrder: (order: RowOrder) => void;
  /** Fixes that can be applied together. */
  safe: number;
  actions: IViewActions;
  trans: ITranslate;
}): JSX.Element {
  const { order, onOrder, safe, actions, trans } = props;
  return (
    <>
      <select
        className="jp-Torchprof-select"
        aria-label={trans.__('Order of the cells')}
        value={order}
        onChange={event => onOrder(event.target.value as RowOrder)}
      >
        <option value="newest">{trans.__('Newest')}</option>
        <option value="notebook">{trans.__('Notebook')}</option>
      </select>
      {actions.applySafe && safe > 0 && (
        <IconButton
          label={trans._n(
            'Apply the safe fix of this notebook…',
            'Apply all %1 safe fixes of this notebook…',
            safe
          )}
          onClick={() => actions.applySafe?.()}
        >
          <ApplyAllIcon />
        </IconButton>
      )}
      {actions.exportReport && (
        <IconButton
          label={trans.__('Export HTML report…')}
          onClick={() => actions.exportReport?.()}
        >
          <ExportIcon />
        </IconButton>
      )}
    </>
  );
}
