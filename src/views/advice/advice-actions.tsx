import * as React from 'react';

import { HOST, actionKey } from '../../record/derive';
import { isOffered } from '../../record/offered';
import { formatBytes } from '../../record/units';
import type { IAdviceContext } from './context';
import { CheckIcon, WarningIcon } from '../parts/icons';
import { Prose, Text } from '../parts/text';
import type { Action, Advice } from '../../record/_session';
import type { ActionState, ITranslate } from '../state';

/** What the kernel can do about it on a click: described before, with what came of it after. */
export function AdviceActions(
  props: IAdviceContext & { advice: Advice }
): JSX.Element | null {
  const { session, record, advice, states } = props;
  // What can do nothing any more is gone, but for what came of it.
  const list = (advice.actions ?? []).filter(
    action =>
      isOffered(session, record, action) ||
      states.has(actionKey(record, advice, action))
  );
  return list.length === 0 ? null : (
    <ul
      className="jp-Torchprof-actions"
      aria-label={props.trans.__('What can be done now')}
    >
      {list.slice(0, 6).map((action, index) => (
        <Entry key={index} {...props} action={action} />
      ))}
    </ul>
  );
}

function Entry(
  props: IAdviceContext & { advice: Advice; action: Action }
): JSX.Element {
  const { record, advice, action, actions, states, busy, trans } = props;
  const id = React.useId();
  const state = states.get(actionKey(record, advice, action)) ?? null;
  const waiting = state?.kind === 'waiting';
  const done = state?.kind === 'done' && state.ok;
  const isGone = !isOffered(props.session, record, action);
  const bytes = expected(action, trans);
  return (
    <li>
      {actions.act ? (
        <button
          type="button"
          className="jp-Torchprof-button"
          // It keeps the focus while the kernel works.
          aria-disabled={waiting || done || isGone}
          aria-busy={waiting}
          aria-describedby={id}
          onClick={() => {
            if (!waiting && !done && !isGone) {
              actions.act?.(record, advice, action);
            }
          }}
        >
          <Text value={action.title} length={80} />
        </button>
      ) : (
        <strong>
          <Text value={action.title} length={80} />
        </strong>
      )}{' '}
      {bytes && <span className="jp-Torchprof-expected">{bytes}</span>}
      <p className="jp-Torchprof-muted" id={id}>
        <Prose text={action.description} length={600} />
      </p>
      {/* There before it speaks, else it would not be heard. */}
      {actions.act && (
        <div role="status">
          {state && <Outcome state={state} busy={busy} trans={trans} />}
        </div>
      )}
    </li>
  );
}

/** What came of an action, or what it waits for. */
export function Outcome(props: {
  state: ActionState;
  busy: boolean;
  trans: ITranslate;
}): JSX.Element {
  const { state, busy, trans } = props;
  if (state.kind === 'waiting') {
    return (
      <p className="jp-Torchprof-muted">
        {busy
          ? trans.__(
              'The kernel is busy: this is done when its cell has ended.'
            )
          : trans.__('Working…')}
      </p>
    );
  }
  return (
    <p
      className="jp-Torchprof-outcome"
      data-tone={state.ok ? 'better' : 'worse'}
    >
      {state.ok ? <CheckIcon /> : <WarningIcon />}
      <Prose text={state.message} length={600} />
    </p>
  );
}

/** `"≈ 1.2 GiB on cuda:0"`, empty where nothing is known. */
function expected(action: Action, trans: ITranslate): string {
  return Object.entries(action.expected_bytes ?? {})
    .filter(([, bytes]) => bytes > 0)
    .map(([device, bytes]) =>
      device === 'cpu' || device === HOST
        ? trans.__('≈ %1 of host memory', formatBytes(bytes))
        : trans.__('≈ %1 on %2', formatBytes(bytes), device)
    )
    .join(', ');
}
