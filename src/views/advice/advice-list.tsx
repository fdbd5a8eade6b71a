import * as React from 'react';

import { actionKey, dismissedAdvice, openAdvice } from '../../record/derive';
import type { IAdviceContext } from './context';
import { AdviceCard } from './advice';
import { Outcome } from './advice-actions';
import { ChevronIcon } from '../parts/icons';
import { Printing } from '../parts/printing';
import { Prose } from '../parts/text';
import type { Advice } from '../../record/_session';
import type { ActionState } from '../state';

/** Advice shown at once: more would bury what matters. */
const SHOWN = 3;

/** The advice on one run, the most severe first; the rest and the dismissed on demand. */
export function AdviceList(props: IAdviceContext): JSX.Element {
  const { record, silenced, trans } = props;
  const [wanted, setAll] = React.useState(false);
  const all = React.useContext(Printing) || wanted;
  /** The user took advice away or brought it back. */
  const changed = React.useRef(false);
  const place = React.useRef<HTMLDivElement>(null);
  const id = React.useId();
  const open = openAdvice(record, silenced);
  const rest = open.length - SHOWN;
  const outcomes = outcomesOf(props, open);

  React.useEffect(() => {
    // The button that had the focus went with its card.
    if (changed.current) {
      changed.current = false;
      place.current?.focus();
    }
  }, [open.length]);

  const card = (advice: Advice, index: number) => (
    <AdviceCard
      key={`${advice.rule} ${index}`}
      {...props}
      advice={advice}
      onDismiss={() => (changed.current = true)}
    />
  );
  if ((record.advice ?? []).length === 0 && outcomes.length === 0) {
    return <Nothing {...props} />;
  }
  return (
    <div
      ref={place}
      className="jp-Torchprof-adviceList"
      role="group"
      aria-label={trans.__('Advice')}
      tabIndex={-1}
    >
      <div role="status">
        {outcomes.map(([key, state]) => (
          <Outcome key={key} state={state} busy={props.busy} trans={trans} />
        ))}
      </div>
      {open.slice(0, SHOWN).map(card)}
      {rest > 0 && (
        <>
          <button
            type="button"
            className="jp-Torchprof-disclosure"
            aria-expanded={all}
            aria-controls={id}
            onClick={() => setAll(!all)}
          >
            <ChevronIcon open={all} />
            {all ? trans.__('Less') : trans._n('%1 more', '%1 more', rest)}
          </button>
          <div id={id} hidden={!all}>
            {all && open.slice(SHOWN).map(card)}
          </div>
        </>
      )}
      <Dismissed {...props} onRestore={() => (changed.current = true)} />
    </div>
  );
}

/** What came of actions whose advice has gone, as it should once it was followed. */
function outcomesOf(
  { record, states }: IAdviceContext,
  open: readonly Advice[]
): [string, ActionState][] {
  const shown = new Set(
    open.flatMap(advice =>
      (advice.actions ?? []).map(action => actionKey(record, advice, action))
    )
  );
  const ofRun = `[${JSON.stringify(record.run_id)},`;
  return [...states].filter(
    ([key]) => key.startsWith(ofRun) && !shown.has(key)
  );
}

/** Quiet, and only where it is true: the cell ran to its end in a process with PyTorch. */
function Nothing({ record, trans }: IAdviceContext): JSX.Element | null {
  const looked = record.status === 'ok' && Boolean(record.placement);
  return !looked ? null : (
    <p className="jp-Torchprof-muted">
      {trans.__('Nothing to improve was found so far.')}
    </p>
  );
}

/** What was dismissed, to be brought back. */
function Dismissed(
  props: IAdviceContext & { onRestore: () => void }
): JSX.Element | null {
  const { record, silenced, actions, onRestore, trans } = props;
  const [shown, setShown] = React.useState(false);
  const id = React.useId();
  const list = dismissedAdvice(record, silenced);
  if (list.length === 0) {
    return null;
  }
  return (
    <div className="jp-Torchprof-dismissed">
      <span className="jp-Torchprof-muted">
        {trans._n('%1 dismissed', '%1 dismissed', list.length)}
      </span>{' '}
      <button
        type="button"
        className="jp-Torchprof-link"
        aria-expanded={shown}
        aria-controls={id}
        onClick={() => setShown(!shown)}
      >
        {shown ? trans.__('Hide') : trans.__('Show')}
      </button>
      <ul id={id} hidden={!shown}>
        {shown &&
          list.map((advice, index) => (
            <li key={index}>
              <Prose text={advice.title} length={300} />{' '}
              {actions.dismiss && (
                <button
                  type="button"
                  className="jp-Torchprof-link"
                  onClick={() => {
                    onRestore();
                    actions.dismiss?.(advice, false);
                  }}
                >
                  {trans.__('Restore')}
                </button>
              )}
            </li>
          ))}
      </ul>
    </div>
  );
}
