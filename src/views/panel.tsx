import * as React from 'react';

import { findRun, firstCodeLine } from '../record/derive';
import { ConnectionNotice } from './connection';
import { RunDetail } from './detail';
import { Devices } from './devices';
import { Health } from './health';
import { CloseIcon, ExportIcon, JumpIcon } from './icons';
import { RunList } from './runs';
import type { RowOrder } from './rows';
import { profiledCells, rowOf, runsNewestFirst } from './rows';
import { runLabel } from './run-label';
import { Section } from './section';
import { LiveTimeline } from './live';
import { Code } from './text';
import { formatDuration } from '../record/units';
import type { CellRecord, Session } from '../record/_session';
import type { IPanelState, ITranslate, IViewActions } from './state';
import { deviceUsage } from './usage';

/** Everything that the sidebar shows of the notebook in front. */
export function PanelView(props: {
  state: IPanelState;
  actions: IViewActions;
  trans: ITranslate;
}): JSX.Element {
  const { state, actions, trans } = props;
  const { session } = state;
  const profiled = session !== null && (session.cells ?? []).length > 0;
  return (
    <div className="jp-Torchprof jp-Torchprof-panel">
      <ConnectionNotice
        connection={state.connection}
        hasSession={profiled}
        actions={actions}
        trans={trans}
      />
      {session && (profiled || state.running) && (
        <>
          <Devices usage={deviceUsage(session, state.running)} trans={trans} />
          <LiveTimeline
            session={session}
            running={state.running}
            trans={trans}
          />
        </>
      )}
      {session && profiled && <Cells {...props} session={session} />}
      {session && !profiled && state.connection.kind === 'connected' && (
        <Empty running={state.running !== null} trans={trans} />
      )}
      {session && <Health health={session.health ?? []} trans={trans} />}
    </div>
  );
}

function Empty(props: { running: boolean; trans: ITranslate }): JSX.Element {
  const { trans } = props;
  return (
    <div className="jp-Torchprof-notice" data-tone="plain" role="status">
      <strong className="jp-Torchprof-noticeTitle">
        {props.running
          ? trans.__('The first cell is running')
          : trans.__('Ready')}
      </strong>
      <p>
        {trans.__(
          'Run a cell: its time, its memory and where its tensors live appear here when it ends.'
        )}
      </p>
    </div>
  );
}

/** The list of cells, and the detail of the selected one below it. */
function Cells(props: {
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
            actions={actions}
            trans={trans}
          />
        }
      >
        <RunList
          rows={rows}
          selected={rowOf(rows, record)}
          stale={state.stale}
          onSelect={select}
          trans={trans}
        />
      </Section>
      {record && (
        <Selected
          session={session}
          record={record}
          stale={state.stale.has(record.run_id)}
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
  actions: IViewActions;
  trans: ITranslate;
}): JSX.Element {
  const { order, onOrder, actions, trans } = props;
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

/** Heading, runs of the same cell and detail of the selected run. */
function Selected(props: {
  session: Session;
  record: CellRecord;
  stale: boolean;
  actions: IViewActions;
  trans: ITranslate;
}): JSX.Element {
  const { session, record, stale, actions, trans } = props;
  const runs = runsNewestFirst(session, record);
  return (
    <Section
      title={trans.__('Cell %1', runLabel(record))}
      className="jp-Torchprof-selected"
      tools={
        <>
          {actions.jumpTo && (
            <IconButton
              label={trans.__('Show the cell in the notebook')}
              onClick={() => actions.jumpTo?.(record)}
            >
              <JumpIcon />
            </IconButton>
          )}
          {actions.select && (
            <IconButton
              label={trans.__('Close')}
              onClick={() => actions.select?.(null)}
            >
              <CloseIcon />
            </IconButton>
          )}
        </>
      }
    >
      <p className="jp-Torchprof-headline">
        <Code value={firstCodeLine(record.source)} />
        <span>{formatDuration(record.duration_s)}</span>
      </p>
      {stale && (
        <p className="jp-Torchprof-staleNote">
          {trans.__(
            'The cell was edited since this run; what follows is about the source that ran.'
          )}
        </p>
      )}
      {runs.length > 1 && actions.select && (
        <RunPicker
          runs={runs}
          record={record}
          actions={actions}
          trans={trans}
        />
      )}
      <RunDetail
        session={session}
        record={record}
        stale={stale}
        actions={actions}
        trans={trans}
      />
    </Section>
  );
}

function RunPicker(props: {
  runs: readonly CellRecord[];
  record: CellRecord;
  actions: IViewActions;
  trans: ITranslate;
}): JSX.Element {
  const { runs, record, actions, trans } = props;
  return (
    <select
      className="jp-Torchprof-select jp-Torchprof-runPicker"
      aria-label={trans.__('Run of this cell')}
      value={record.run_id}
      onChange={event => actions.select?.(event.target.value)}
    >
      {runs.map((run, index) => (
        <option key={run.run_id} value={run.run_id}>
          {trans.__(
            'Run %1 of %2 · %3 · %4',
            runs.length - index,
            runs.length,
            runLabel(run),
            formatDuration(run.duration_s)
          )}
        </option>
      ))}
    </select>
  );
}

function IconButton(props: {
  label: string;
  onClick: () => void;
  children: React.ReactNode;
}): JSX.Element {
  return (
    <button
      type="button"
      className="jp-Torchprof-iconButton"
      title={props.label}
      aria-label={props.label}
      onClick={props.onClick}
    >
      {props.children}
    </button>
  );
}
