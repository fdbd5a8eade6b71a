import * as React from 'react';

import { findRun } from '../../record/derive';
import { formatDuration } from '../../record/units';
import { RunDetail } from '../runs/detail';
import { Health } from './health';
import { profiledCells, rowOf } from '../cells/rows';
import { runLabel } from '../parts/run-label';
import { RunList } from '../cells/runs';
import { CellName } from '../parts/cell-name';
import type { CellRecord, Session } from '../../record/_session';
import type { ITranslate, IViewActions } from '../state';

/** Nothing can be clicked in a document. */
const NO_ACTIONS: IViewActions = {};
const NONE: ReadonlySet<string> = new Set();

/** A session as a document on its own: one run in detail; of several, a list to choose from. */
export function SessionView(props: {
  session: Session;
  trans: ITranslate;
}): JSX.Element {
  const { session, trans } = props;
  const rows = React.useMemo(
    () => profiledCells(session, 'notebook'),
    [session]
  );
  const [chosen, setChosen] = React.useState<string | null>(null);
  const record = rows.length === 1 ? rows[0].record : findRun(session, chosen);
  return (
    <div className="jp-Torchprof jp-Torchprof-output">
      {rows.length === 0 && <p>{trans.__('No cell was profiled yet.')}</p>}
      {rows.length > 1 && (
        <RunList
          rows={rows}
          selected={rowOf(rows, record)}
          stale={NONE}
          onSelect={run => setChosen(run.run_id)}
          trans={trans}
        />
      )}
      {record && <Headline record={record} trans={trans} />}
      {record && (
        <RunDetail
          session={session}
          record={record}
          actions={NO_ACTIONS}
          trans={trans}
        />
      )}
      <Health health={session.health ?? []} trans={trans} />
    </div>
  );
}

/** Which run this is: its number, its code, its time. */
function Headline(props: {
  record: CellRecord;
  trans: ITranslate;
}): JSX.Element {
  const { record, trans } = props;
  return (
    <p className="jp-Torchprof-headline">
      <span>
        <span className="jp-Torchprof-muted">{runLabel(record)}</span>{' '}
        <CellName record={record} trans={trans} />
      </span>
      <span>{formatDuration(record.duration_s)}</span>
    </p>
  );
}
