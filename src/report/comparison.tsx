/** What changed: since another session, and from run to run of a cell that was edited. */
import * as React from 'react';

import type { IRunComparison } from '../record/compare';
import { compareRuns, runBeforeChange, sidesOf } from '../record/compare';
import { latestRuns } from '../record/derive';
import { CellName } from '../views/parts/cell-name';
import { Broken } from '../views/parts/broken';
import { FindingList } from '../views/comparison/finding-list';
import { RunComparison } from '../views/comparison/run-comparison';
import { SessionComparison } from '../views/comparison/session-comparison';
import { findings, runNames } from '../views/comparison/words';
import { Printing } from '../views/parts/printing';
import { runLabel } from '../views/parts/run-label';
import { Text } from '../views/parts/text';
import type { Session } from '../record/_session';
import type { ITranslate } from '../views/state';
import { deviceOrder } from '../views/parts/usage';
import { ReportPart } from './part';

/** Cells that are open from the start; the others open on a click. */
const OPEN = 3;
/** Cells listed at most. */
const LISTED = 100;

/** An earlier session, or why it cannot be read. */
export type Baseline = Session | Error;

/** This session beside the one that `jupyter torchprof compare` was given first. */
export function BaselineSection(props: {
  baseline: Baseline;
  session: Session;
  trans: ITranslate;
}): JSX.Element {
  const { baseline, session, trans } = props;
  const names = React.useMemo(
    () => ({ before: trans.__('Before'), after: trans.__('This session') }),
    [trans]
  );
  const isReadable = !(baseline instanceof Error);
  return (
    <ReportPart id="comparison" title={trans.__('Comparison')} trans={trans}>
      {isReadable ? (
        <>
          <p className="jp-Torchprof-muted">
            <Text
              value={trans.__('Compared with %1', sessionName(baseline, trans))}
            />
          </p>
          <SessionComparison
            before={baseline}
            after={session}
            names={names}
            trans={trans}
          />
        </>
      ) : (
        <Broken reason={baseline} trans={trans} />
      )}
    </ReportPart>
  );
}

/** Cells that ran again with another source: the last run before the change beside the latest. */
export function ChangesSection(props: {
  session: Session;
  trans: ITranslate;
}): JSX.Element | null {
  const { session, trans } = props;
  const changed = React.useMemo(() => changedCells(session), [session]);
  const devices = React.useMemo(() => deviceOrder(session), [session]);
  return changed.length === 0 ? null : (
    <ReportPart id="changes" title={trans.__('Changes')} trans={trans}>
      <p className="jp-Torchprof-muted">
        {trans.__(
          'Cells that were edited: their latest run beside the last before the edit.'
        )}
      </p>
      {changed.slice(0, LISTED).map((comparison, index) => (
        <Changed
          key={comparison.after.record.run_id}
          comparison={comparison}
          devices={devices}
          isOpen={index < OPEN}
          trans={trans}
        />
      ))}
      {changed.length > LISTED && (
        <p className="jp-Torchprof-muted">
          {trans._n('and %1 more', 'and %1 more', changed.length - LISTED)}
        </p>
      )}
    </ReportPart>
  );
}

function Changed(props: {
  comparison: IRunComparison;
  devices: readonly string[];
  isOpen: boolean;
  trans: ITranslate;
}): JSX.Element {
  const { comparison, devices, isOpen, trans } = props;
  const [opened, setOpened] = React.useState(isOpen);
  const printing = React.useContext(Printing);
  const open = opened || printing;
  const [before, after] = [comparison.before.record, comparison.after.record];
  return (
    <details
      className="jp-Torchprof-cell"
      open={open}
      onToggle={event => {
        const { open } = event.currentTarget;
        // What paper opens is not the reader's choice.
        if (!printing) {
          setOpened(open);
        }
      }}
    >
      <summary>
        <span className="jp-Torchprof-changedLine">
          <span>
            {runLabel(before)} → {runLabel(after)}
          </span>
          <CellName record={after} trans={trans} />
          {!open && (
            <FindingList findings={findings(comparison, trans)} trans={trans} />
          )}
        </span>
      </summary>
      {open && (
        <div className="jp-Torchprof-cellBody">
          <RunComparison
            comparison={comparison}
            names={runNames(before, after, trans)}
            devices={devices}
            trans={trans}
          />
        </div>
      )}
    </details>
  );
}

/** Whether any cell ran with more than one source. */
export function hasChanges(session: Session): boolean {
  const sources = new Map<string, string>();
  return (session.cells ?? []).some(({ cell_id, source_hash }) => {
    if (cell_id === null) {
      return false;
    }
    const known = sources.get(cell_id);
    sources.set(cell_id, source_hash);
    return known !== undefined && known !== source_hash;
  });
}

function changedCells(session: Session): IRunComparison[] {
  if (!hasChanges(session)) {
    return [];
  }
  const sideOf = sidesOf(session);
  return latestRuns(session).flatMap(record => {
    const before = runBeforeChange(session, record);
    return before ? [compareRuns(sideOf(before), sideOf(record))] : [];
  });
}

/** Its notebook and when it began. */
function sessionName({ notebook, cells }: Session, trans: ITranslate): string {
  const name = notebook ?? trans.__('an earlier session');
  const started = cells?.[0]?.started_at;
  const date = new Date((started ?? NaN) * 1000);
  return Number.isNaN(date.getTime())
    ? name
    : `${name}, ${date.toLocaleString('sv').slice(0, 16)}`;
}
