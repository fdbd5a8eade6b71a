import * as React from 'react';

import { firstCodeLine, mainMemory, memoryDelta } from '../record/derive';
import { formatBytes, formatBytesDelta, formatDuration } from '../record/units';
import { RunDetail } from '../views/detail';
import { AdviceIcon, WarningIcon } from '../views/icons';
import { runLabel } from '../views/run-label';
import { SourceListing } from '../views/source';
import { Code } from '../views/text';
import type { CellRecord, Session } from '../record/_session';
import type { ITranslate, IViewActions } from '../views/state';

/**
 * One run: a line to scan, and below it source and detail. Runs that have something to say are
 * open; the others open on a click, or when a link leads to them.
 */
export function CellSection(props: {
  session: Session;
  record: CellRecord;
  anchor: string;
  /** What a document can do: lead to another cell, not act on a notebook. */
  actions: IViewActions;
  trans: ITranslate;
}): JSX.Element {
  const { session, record, anchor, actions, trans } = props;
  const [open, setOpen] = React.useState(
    isTarget(anchor) || record.status !== 'ok' || hasFindings(record)
  );
  React.useEffect(() => {
    const follow = () => isTarget(anchor) && setOpen(true);
    window.addEventListener('hashchange', follow);
    return () => window.removeEventListener('hashchange', follow);
  }, [anchor]);
  return (
    <details
      id={anchor}
      className="jp-Torchprof-cell"
      open={open}
      onToggle={event => setOpen(event.currentTarget.open)}
    >
      <summary>
        <CellLine record={record} trans={trans} />
      </summary>
      {open && (
        <div className="jp-Torchprof-cellBody">
          <SourceListing record={record} trans={trans} />
          <RunDetail
            session={session}
            record={record}
            actions={actions}
            trans={trans}
          />
        </div>
      )}
    </details>
  );
}

function CellLine(props: {
  record: CellRecord;
  trans: ITranslate;
}): JSX.Element {
  const { record, trans } = props;
  const memory = mainMemory(record);
  const advice = (record.advice ?? []).length;
  return (
    <span className="jp-Torchprof-cellLine">
      <span className="jp-Torchprof-lineNumber">{runLabel(record)}</span>
      <Code value={firstCodeLine(record.source)} />
      <span className="jp-Torchprof-cellFacts">
        {record.status !== 'ok' && (
          <span className="jp-Torchprof-mark" data-kind="failed">
            <WarningIcon />
          </span>
        )}
        {advice > 0 && (
          <span
            className="jp-Torchprof-mark"
            data-kind="advice"
            title={trans._n('%1 advice', '%1 advice', advice)}
          >
            <AdviceIcon />
            {advice}
          </span>
        )}
        <span title={trans.__('Time')}>
          {formatDuration(record.duration_s)}
        </span>
        {memory && (
          <>
            <span title={trans.__('Change of memory')}>
              {formatBytesDelta(memoryDelta(memory))}
            </span>
            <span title={trans.__('Peak memory')}>
              {trans.__('peak %1', formatBytes(memory.peak_bytes))}
            </span>
          </>
        )}
      </span>
    </span>
  );
}

function hasFindings(record: CellRecord): boolean {
  return (
    (record.advice ?? []).length > 0 || (record.verification ?? []).length > 0
  );
}

function isTarget(anchor: string): boolean {
  return window.location.hash === `#${anchor}`;
}
