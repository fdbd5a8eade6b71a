import * as React from 'react';

import { firstCodeLine } from '../record/derive';
import { formatDuration } from '../record/units';
import { CompareRuns } from './compare/compare-runs';
import { RunDetail } from './detail';
import { IconButton } from './icon-button';
import { CloseIcon, JumpIcon } from './icons';
import { runsNewestFirst } from './rows';
import { runLabel } from './run-label';
import { Section } from './section';
import { Code } from './text';
import type { CellRecord, Session } from '../record/_session';
import type { IPanelState, ITranslate, IViewActions } from './state';

/** Heading, runs of the same cell and detail of the selected run. */
export function Selected(props: {
  session: Session;
  record: CellRecord;
  state: IPanelState;
  actions: IViewActions;
  trans: ITranslate;
}): JSX.Element {
  const { session, record, state, actions, trans } = props;
  const stale = state.stale.has(record.run_id);
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
      {actions.compare && (
        <CompareRuns
          key={record.run_id}
          session={session}
          record={record}
          silenced={state.silenced}
          actions={actions}
          trans={trans}
        />
      )}
      <RunDetail
        session={session}
        record={record}
        stale={state.stale}
        silenced={state.silenced}
        states={state.actions}
        busy={state.running !== null}
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
