import * as React from 'react';

import '../../style/views.css';

import { compareInOrder } from '../record/compare';
import type { ISilenced } from '../record/derive';
import { findRun } from '../record/derive';
import type { CellRecord, Session } from '../record/_session';
import { RunComparison } from '../views/comparison/run-comparison';
import { SessionComparison } from '../views/comparison/session-comparison';
import type { SourceDiff } from '../views/comparison/source-changes';
import { runNames } from '../views/comparison/words';
import { IconButton } from '../views/parts/icon-button';
import { JumpIcon } from '../views/parts/icons';
import { runLabel } from '../views/parts/run-label';
import { CellName } from '../views/parts/cell-name';
import { Text } from '../views/parts/text';
import type { ITranslate, IViewActions } from '../views/state';
import { deviceOrder } from '../views/parts/usage';
import type { Subject } from './subject';

interface IProps {
  subject: Subject;
  /** Of the notebook, as it is now; `null` without one. */
  session: Session | null;
  silenced?: ISilenced;
  sideBySide: SourceDiff;
  actions: IViewActions;
  trans: ITranslate;
}

/** A comparison with its heading, as it fills a tab. */
export function ComparePage(props: IProps): JSX.Element {
  const { subject, session } = props;
  return (
    <div className="jp-Torchprof jp-Torchprof-comparePage">
      <div>
        {subject.kind === 'runs' ? (
          session && (
            <Runs
              {...props}
              session={session}
              record={subject.record}
              other={subject.other}
            />
          )
        ) : (
          <Sessions {...props} subject={subject} />
        )}
      </div>
    </div>
  );
}

function Runs(
  props: IProps & { session: Session; record: CellRecord; other: CellRecord }
): JSX.Element {
  const { session, silenced, sideBySide, actions, trans } = props;
  // A record can be replaced, by one with advice that had to wait.
  const record = findRun(session, props.record.run_id) ?? props.record;
  const other = findRun(session, props.other.run_id) ?? props.other;
  const comparison = React.useMemo(
    () => compareInOrder(session, record, other, silenced),
    [session, record, other, silenced]
  );
  const devices = React.useMemo(() => deviceOrder(session), [session]);
  const [before, after] = [comparison.before.record, comparison.after.record];
  return (
    <>
      <header className="jp-Torchprof-compareHeader">
        <h2>
          {trans.__('Cell %1', runLabel(after))}{' '}
          <CellName record={after} trans={trans} />
        </h2>
        {actions.jumpTo && (
          <IconButton
            label={trans.__('Show the cell in the notebook')}
            onClick={() => actions.jumpTo?.(after, true)}
          >
            <JumpIcon />
          </IconButton>
        )}
      </header>
      <RunComparison
        comparison={comparison}
        names={runNames(before, after, trans)}
        devices={devices}
        sideBySide={sideBySide}
        trans={trans}
      />
    </>
  );
}

function Sessions(
  props: IProps & { subject: Extract<Subject, { kind: 'sessions' }> }
): JSX.Element | null {
  const { silenced, sideBySide, subject, trans } = props;
  const { before, after } = subject;
  const session = after?.session ?? props.session;
  const names = {
    before: before.name,
    after: after?.name ?? trans.__('This session')
  };
  return (
    session && (
      <>
        <header className="jp-Torchprof-compareHeader">
          <h2>
            <Text value={names.before} length={80} /> →{' '}
            <Text value={names.after} length={80} />
          </h2>
        </header>
        <SessionComparison
          before={before.session}
          after={session}
          names={names}
          silenced={silenced}
          sideBySide={sideBySide}
          trans={trans}
        />
      </>
    )
  );
}
