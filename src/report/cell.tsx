import * as React from 'react';

import { mainMemory, memoryDelta } from '../record/derive';
import { formatBytes, formatBytesDelta, formatDuration } from '../record/units';
import { RunDetail } from '../views/runs/detail';
import { CellName } from '../views/parts/cell-name';
import { AdviceIcon, WarningIcon } from '../views/parts/icons';
import { Printing } from '../views/parts/printing';
import { startedWords } from '../views/parts/started';
import { runLabel } from '../views/parts/run-label';
import { SourceListing } from '../views/runs/source';
import type { CellRecord, Session } from '../record/_session';
import type { ITranslate, IViewActions } from '../views/state';
import { Anchor } from './part';

/**
 * One run: a line to scan, and below it source and detail. It opens on a click, or when a link
 * leads to it; its detail is made only then.
 */
export const CellSection = React.memo(Section);

function Section(props: {
  session: Session;
  record: CellRecord;
  anchor: string;
  /** Whether it is open at first. */
  isOpen: boolean;
  /** Whether paper shows it in full; of the others it has the line. */
  isPrinted: boolean;
  /** What a document can do: lead to another cell, not act on a notebook. */
  actions: IViewActions;
  trans: ITranslate;
}): JSX.Element {
  const { session, record, anchor, actions, trans } = props;
  const [opened, setOpen] = React.useState(isTarget(anchor) || props.isOpen);
  const printing = React.useContext(Printing);
  const open = printing ? props.isPrinted : opened;
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
      onToggle={event => {
        const { open } = event.currentTarget;
        // What paper opens is not the reader's choice.
        if (!printing) {
          setOpen(open);
        }
      }}
    >
      <summary>
        <CellLine record={record} trans={trans} />
      </summary>
      {open && (
        <div className="jp-Torchprof-cellBody">
          <p className="jp-Torchprof-cellWhen jp-Torchprof-muted">
            <Anchor
              id={anchor}
              name={trans.__('Cell %1', runLabel(record))}
              trans={trans}
            />{' '}
            {startedWords(record, trans)}
          </p>
          {session.source_left_out ? (
            <p className="jp-Torchprof-muted">
              {trans.__('Its source was left out of this report.')}
            </p>
          ) : (
            <SourceListing session={session} record={record} trans={trans} />
          )}
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
      <CellName record={record} trans={trans} />
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

/** Whether it failed, was given advice, or put a fix to the test. */
export function hasFindings(record: CellRecord): boolean {
  return (
    record.status !== 'ok' ||
    (record.advice ?? []).length > 0 ||
    (record.verification ?? []).length > 0
  );
}

function isTarget(anchor: string): boolean {
  return window.location.hash === `#${anchor}`;
}
