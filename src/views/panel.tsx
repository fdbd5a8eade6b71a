import * as React from 'react';

import '../../style/views.css';

import { Cells } from './cells';
import { ConnectionNotice } from './connection';
import { Devices } from './devices';
import { Health } from './health';
import { LiveTimeline } from './live';
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
