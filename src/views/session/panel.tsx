import * as React from 'react';

import '../../../style/views.css';

import { AdviceCentre } from '../advice/advice-centre';
import { Cells } from '../cells/cells';
import { ConnectionNotice } from './connection';
import { Devices } from './devices';
import { useRuns } from './runs-of';
import { FoldMemory } from '../parts/folding';
import { Health } from './health';
import { HoldingSection } from '../holding/section';
import { DeepRunning } from '../deep/deep-running';
import { RanksRunning } from '../ranks/ranks-running';
import { LiveTimeline } from './live';
import { SessionNotes } from './session-notes';
import { NOTHING_SILENCED } from '../../record/derive';
import type { IPanelState, ITranslate, IViewActions } from '../state';
import { deviceUsage } from '../parts/usage';

/** Everything that the sidebar shows of the notebook in front. */
export function PanelView(props: {
  state: IPanelState;
  actions: IViewActions;
  trans: ITranslate;
}): JSX.Element {
  const { state, actions, trans } = props;
  const { session } = state;
  const runs = useRuns(session);
  const profiled = session !== null && (session.cells ?? []).length > 0;
  return (
    <FoldMemory>
      <div className="jp-Torchprof jp-Torchprof-panel">
        <ConnectionNotice
          connection={state.connection}
          hasSession={profiled}
          actions={actions}
          trans={trans}
        />
        {session && (profiled || state.running) && (
          <>
            <Devices
              usage={deviceUsage(session, state.running)}
              session={session}
              running={state.running}
              trans={trans}
            />
            <HoldingSection
              session={session}
              actions={actions}
              states={state.actions}
              busy={state.running !== null}
              trans={trans}
            />
            <LiveTimeline
              session={runs ?? session}
              running={state.running}
              selected={state.selected}
              actions={actions}
              trans={trans}
            />
          </>
        )}
        {session && profiled && (
          <AdviceCentre
            session={session}
            stale={state.stale}
            gone={state.gone}
            applied={state.applied}
            silenced={state.silenced ?? NOTHING_SILENCED}
            states={state.actions}
            busy={state.running !== null}
            actions={actions}
            trans={trans}
          />
        )}
        {session && profiled && (
          <Cells
            session={session}
            selected={state.selected}
            entries={state.entries}
            stale={state.stale}
            gone={state.gone}
            applied={state.applied}
            silenced={state.silenced ?? NOTHING_SILENCED}
            cellOrder={state.cellOrder}
            running={state.running?.cell.cell_id}
            states={state.actions}
            busy={state.running !== null}
            actions={actions}
            trans={trans}
          />
        )}
        {session && !profiled && isMeasuring(state) && (
          <Empty running={state.running !== null} trans={trans} />
        )}
        {session && (
          <SessionNotes
            session={session}
            history={state.history}
            trans={trans}
          />
        )}
        {session && (
          <Health
            health={session.health ?? []}
            cells={session.cells}
            trans={trans}
          />
        )}
        <RanksRunning running={state.running} trans={trans} />
        <DeepRunning running={state.running} actions={actions} trans={trans} />
      </div>
    </FoldMemory>
  );
}

function isMeasuring({ connection }: IPanelState): boolean {
  return connection.kind === 'connected' && connection.enabled;
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
        {props.running
          ? trans.__(
              'What it costs and where its tensors live appear here when it ends.'
            )
          : trans.__(
              'Run a cell: its time, its memory and where its tensors live appear here when it ends.'
            )}
      </p>
    </div>
  );
}
