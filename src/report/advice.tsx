import * as React from 'react';

import { adviceGroups } from '../record/advice-order';
import { NOTHING_SILENCED } from '../record/derive';
import { AdviceEntry } from '../views/advice/advice-entry';
import type { Session } from '../record/_session';
import type { ActionStates, ITranslate, IViewActions } from '../views/state';
import { ReportPart } from './part';

/** Entries that are open from the start. */
const OPEN = 3;
const NO_STATES: ActionStates = new Map();
const NONE: ReadonlySet<string> = new Set();

/** All open advice with its proof and the diff of its fix, what matters most first. */
export function AdvicePart(props: {
  session: Session;
  actions: IViewActions;
  trans: ITranslate;
}): JSX.Element | null {
  const { session, actions, trans } = props;
  const groups = React.useMemo(() => adviceGroups(session), [session]);
  return groups.length === 0 ? null : (
    <ReportPart id="advice" title={trans.__('Advice')} trans={trans}>
      <p className="jp-Torchprof-muted">
        {trans.__(
          'By severity, then by the memory, then by the time that it is predicted to save.'
        )}
      </p>
      <ul className="jp-Torchprof-entries">
        {groups.map((group, index) => (
          <AdviceEntry
            key={group.key}
            group={group}
            isOpen={index < OPEN}
            session={session}
            stale={NONE}
            silenced={NOTHING_SILENCED}
            states={NO_STATES}
            busy={false}
            actions={actions}
            trans={trans}
          />
        ))}
      </ul>
    </ReportPart>
  );
}
