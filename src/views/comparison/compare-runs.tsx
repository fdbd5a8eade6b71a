import * as React from 'react';

import { compareInOrder, usualOther } from '../../record/compare';
import type { ISilenced } from '../../record/derive';
import { formatDuration } from '../../record/units';
import { Expander } from '../parts/expander';
import { useFold } from '../parts/folding';
import { runsNewestFirst } from '../cells/rows';
import type { CellRecord, Session } from '../../record/_session';
import type { ITranslate, IViewActions } from '../state';
import { BriefComparison } from './run-comparison';
import { runName, runNames } from './words';

interface IProps {
  session: Session;
  record: CellRecord;
  /** Advice that is not to be heard. Absent: none. */
  silenced?: ISilenced;
  actions: IViewActions;
  trans: ITranslate;
}

/**
 * "Compare with…": another run of the cell beside this one. After a change of the source that is
 * the last run before it, else the run before.
 */
export function CompareRuns(props: IProps): JSX.Element {
  const { record, actions, trans } = props;
  // Open for this cell: in every other it would push the advice down.
  const cell = record.cell_id ?? record.run_id;
  const [open, setOpen] = useFold(`compare ${cell}`, false);
  return (
    <Expander label={trans.__('Compare with…')} open={open} onToggle={setOpen}>
      <WithRun {...props} />
      <p className="jp-Torchprof-compareSessions">
        {actions.compareSession && (
          <button
            type="button"
            className="jp-Torchprof-link"
            onClick={() => actions.compareSession?.()}
          >
            {trans.__('Compare with a saved session…')}
          </button>
        )}
        {actions.saveSession && (
          <button
            type="button"
            className="jp-Torchprof-link"
            onClick={() => actions.saveSession?.()}
          >
            {trans.__('Save this session')}
          </button>
        )}
      </p>
    </Expander>
  );
}

function WithRun(props: IProps): JSX.Element {
  const { session, record, silenced, actions, trans } = props;
  const [chosen, setChosen] = React.useState<string | null>(null);
  const others = runsNewestFirst(session, record).filter(run => run !== record);
  const other =
    others.find(run => run.run_id === chosen) ?? usualOther(session, record);
  const comparison = React.useMemo(
    () => other && compareInOrder(session, record, other, silenced),
    [session, record, other, silenced]
  );
  if (!comparison) {
    return (
      <p className="jp-Torchprof-muted">
        {trans.__('Run the cell again to compare its runs.')}
      </p>
    );
  }
  const { before, after } = comparison;
  return (
    <>
      <div className="jp-Torchprof-compareTools">
        <select
          className="jp-Torchprof-select"
          aria-label={trans.__('Run to compare with')}
          value={other?.run_id}
          onChange={event => setChosen(event.target.value)}
        >
          {others.map(run => (
            <option key={run.run_id} value={run.run_id}>
              {[
                runName(session, run, trans),
                formatDuration(run.duration_s),
                ...(run.source_hash === record.source_hash
                  ? []
                  : [trans.__('other source')])
              ].join(' · ')}
            </option>
          ))}
        </select>
        {actions.compare && (
          <button
            type="button"
            className="jp-Torchprof-button"
            onClick={() => actions.compare?.(record, other ?? undefined)}
          >
            {trans.__('Side by side')}
          </button>
        )}
      </div>
      <BriefComparison
        comparison={comparison}
        names={runNames(before.record, after.record, trans)}
        trans={trans}
      />
    </>
  );
}
