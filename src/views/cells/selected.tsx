import * as React from 'react';

import type { ISilenced } from '../../record/derive';
import { runsOfSameCell } from '../../record/derive';
import { AskDeep } from '../deep/ask-deep';
import { CompareRuns } from '../comparison/compare-runs';
import { RunDetail } from '../runs/detail';
import { Guard } from '../parts/guard';
import { Headline } from '../runs/headline';
import { RunHistory } from '../runs/history';
import { IconButton } from '../parts/icon-button';
import { CloseIcon, JumpIcon } from '../parts/icons';
import { runLabel } from '../parts/run-label';
import { Section } from '../parts/section';
import type { CellRecord, Session } from '../../record/_session';
import type { ActionStates, Gone, ITranslate, IViewActions } from '../state';

/** Heading, runs of the same cell and detail of the selected run. */
export function Selected(props: {
  session: Session;
  record: CellRecord;
  /** Grows each time that the focus is to come here. Absent: it never is. */
  entries?: number;
  stale: ReadonlySet<string>;
  /** Of these runs those whose cell is gone. Absent: none. */
  gone?: ReadonlyMap<string, Gone>;
  /** Advice whose fix is in the cells and has not run yet, by `adviceKey`. Absent: none. */
  applied?: ReadonlySet<string>;
  silenced: ISilenced;
  states?: ActionStates;
  busy: boolean;
  actions: IViewActions;
  trans: ITranslate;
}): JSX.Element {
  const { session, record, stale, actions, trans } = props;
  const runs = React.useMemo(
    () => runsOfSameCell(session, record),
    [session, record]
  );
  const tools = (
    <>
      {runs.length > 1 && actions.select && (
        <RunHistory
          runs={runs}
          record={record}
          onSelect={run => actions.select?.(run.run_id)}
          trans={trans}
        />
      )}
      {actions.deepen && record.torch && record.cell_id !== null && (
        <AskDeep
          key={`deep ${record.run_id}`}
          disabled={props.busy}
          onRun={() => actions.deepen?.(record)}
          trans={trans}
        />
      )}
      {actions.compare && (
        <CompareRuns
          key={record.run_id}
          session={session}
          record={record}
          silenced={props.silenced}
          actions={actions}
          trans={trans}
        />
      )}
    </>
  );
  const place = React.useRef<HTMLDivElement>(null);
  React.useEffect(() => bringIntoView(place.current), [record.run_id]);
  React.useEffect(() => {
    // Only from where it was asked for: the panel may come back later with the same number.
    if (document.activeElement?.closest('.jp-Torchprof-badge')) {
      place.current?.focus();
    }
  }, [props.entries]);
  return (
    <Section
      title={trans.__('Cell %1', runLabel(record))}
      name="selected"
      className="jp-Torchprof-selected"
      tools={
        <>
          {actions.jumpTo && (
            <IconButton
              label={trans.__('Show the cell in the notebook')}
              onClick={() => actions.jumpTo?.(record, true)}
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
      <Guard of={record} trans={trans}>
        <div
          ref={place}
          tabIndex={-1}
          className="jp-Torchprof-detailEntry"
          onKeyDown={event => {
            if (event.key === 'Escape' && actions.leave) {
              event.preventDefault();
              event.stopPropagation();
              actions.leave(record);
            }
          }}
        >
          <Headline record={record} trans={trans} />
          {record.former && (
            <p className="jp-Torchprof-staleNote">
              {trans.__(
                'This ran before the kernel was restarted; what it left in memory is gone.'
              )}
            </p>
          )}
          {stale.has(record.run_id) && (
            <p className="jp-Torchprof-staleNote">
              {staleWords(props.gone?.get(record.run_id), trans)}
            </p>
          )}
          <RunDetail {...props} tools={tools} />
        </div>
      </Guard>
    </Section>
  );
}

function staleWords(gone: Gone | undefined, trans: ITranslate): string {
  switch (gone) {
    case 'deleted':
      return trans.__('The cell was deleted since this run.');
    case 'unknown':
      return trans.__('The cell of this run is not in this notebook.');
    default:
      return trans.__(
        'The cell was edited since this run; what follows is about the source that ran.'
      );
  }
}

/** The detail may begin below this share of what is in sight before it is scrolled to. */
const LOW = 0.6;

/**
 * Scroll to the detail where the run was chosen elsewhere, by a badge say. Whoever is at work in
 * the panel sees it open, and nothing moves under the pointer.
 */
function bringIntoView(place: HTMLElement | null): void {
  const panel = place?.closest('.jp-Torchprof-panel');
  const section = place?.closest('.jp-Torchprof-section');
  if (section && panel && !panel.contains(document.activeElement)) {
    const { top, bottom } = section.getBoundingClientRect();
    const start = panel.getBoundingClientRect().top;
    if (bottom < start || top > start + LOW * panel.clientHeight) {
      section.scrollIntoView?.({ block: 'start' });
    }
  }
}
