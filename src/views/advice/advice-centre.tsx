import * as React from 'react';

import type { IAdviceGroup } from '../../record/advice-order';
import { adviceGroups } from '../../record/advice-order';
import type { ISilenced } from '../../record/derive';
import { dismissedAdvice, latestRuns, safeAdvice } from '../../record/derive';
import { followedAdvice } from '../../record/followed';
import { AdviceEntry } from './advice-entry';
import { DismissedAdvice } from './dismissed';
import { Followed } from './followed';
import { IconButton } from '../parts/icon-button';
import { ApplyAllIcon } from '../parts/icons';
import { KeepFocus } from '../parts/keep-focus';
import { Section } from '../parts/section';
import type { Session } from '../../record/_session';
import type { ActionStates, Gone, ITranslate, IViewActions } from '../state';

/** Entries shown at once; the others on demand. */
const SHOWN = 20;
const NO_STATES: ActionStates = new Map();

interface IProps {
  session: Session;
  /** `run_id`s whose cell's source was edited since, or whose cell is gone. */
  stale: ReadonlySet<string>;
  /** Of these runs those whose cell is gone. Absent: none. */
  gone?: ReadonlyMap<string, Gone>;
  /** Advice whose fix is in the cells and has not run yet, by `adviceKey`. Absent: none. */
  applied?: ReadonlySet<string>;
  silenced: ISilenced;
  /** What came of actions. Absent: none was asked for. */
  states?: ActionStates;
  /** A cell is running. */
  busy: boolean;
  actions: IViewActions;
  trans: ITranslate;
}

/**
 * All open advice of the notebook, what matters most first, each a line that opens into the whole
 * of it; then what was followed, with what that brought. Samples of a running cell do not draw it
 * again.
 */
export const AdviceCentre = React.memo(Centre);

function Centre(props: IProps): JSX.Element {
  const { session, stale, silenced, actions, trans } = props;
  const groups = React.useMemo(
    () => adviceGroups(session, silenced),
    [session, silenced]
  );
  const followed = React.useMemo(() => followedAdvice(session), [session]);
  const dismissed = React.useMemo(
    () => latestRuns(session).flatMap(run => dismissedAdvice(run, silenced)),
    [session, silenced]
  );
  const safe = React.useMemo(
    () => safeAdvice(session, silenced, stale).length,
    [session, silenced, stale]
  );
  return (
    <Section
      title={trans.__('Advice')}
      className="jp-Torchprof-centre"
      summary={groups.length > 0 && groups.length}
      tools={
        actions.applySafe &&
        safe > 0 && (
          <IconButton
            label={trans._n(
              'Apply the safe fix of this notebook…',
              'Apply all %1 safe fixes of this notebook…',
              safe
            )}
            onClick={() => actions.applySafe?.()}
          >
            <ApplyAllIcon />
          </IconButton>
        )
      }
    >
      <KeepFocus className="jp-Torchprof-centreBody">
        {groups.length === 0 ? (
          <p className="jp-Torchprof-centreEmpty">
            {trans.__('Nothing to improve was found so far.')}
          </p>
        ) : (
          <Entries {...props} groups={groups} />
        )}
        {followed && (
          <Followed followed={followed} actions={actions} trans={trans} />
        )}
        <DismissedAdvice list={dismissed} actions={actions} trans={trans} />
      </KeepFocus>
    </Section>
  );
}

function Entries(
  props: IProps & { groups: readonly IAdviceGroup[] }
): JSX.Element {
  const { groups, trans } = props;
  const [all, setAll] = React.useState(false);
  const rest = groups.length - SHOWN;
  return (
    <>
      <ul className="jp-Torchprof-entries">
        {(all ? groups : groups.slice(0, SHOWN)).map(group => (
          <AdviceEntry
            {...props}
            states={props.states ?? NO_STATES}
            key={group.key}
            group={group}
          />
        ))}
      </ul>
      {rest > 0 && (
        <button
          type="button"
          className="jp-Torchprof-disclosure"
          aria-expanded={all}
          onClick={() => setAll(!all)}
        >
          {all ? trans.__('Less') : trans._n('%1 more', '%1 more', rest)}
        </button>
      )}
    </>
  );
}
