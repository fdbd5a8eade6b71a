import * as React from 'react';

import type { Action, MemoryShare, Session } from '../../record/_session';
import { findRun, latestRunOf } from '../../record/derive';
import { holdingKey, lastNamed, makerOf } from '../../record/holding';
import { formatBytes } from '../../record/units';
import { cellLink } from '../places/place-link';
import { runLabel } from '../parts/run-label';
import type { ActionStates, ITranslate, IViewActions } from '../state';
import { Prose, Text, clip } from '../parts/text';
import { Way } from '../places/way';
import type { ILabels } from './notes';
import { noteWords } from './notes';
import { explanation, kindWords, namelessWords } from './words';

/** Rows shown until the user asks for all. */
const FEW = 4;
/** The same where nothing can be clicked away, as on paper. */
const MORE = 12;

/** What the rows need to know and to do. */
export interface IHolding {
  readonly session: Session;
  readonly actions: IViewActions;
  /** What came of actions. Absent: none was asked for. */
  readonly states?: ActionStates;
  readonly trans: ITranslate;
}

/**
 * What holds the memory of a device, largest first; then what is told `beside` it, largest first
 * again.
 */
export function HolderRows(
  props: IHolding & {
    holders: readonly MemoryShare[];
    beside?: readonly MemoryShare[];
  }
): JSX.Element {
  const { holders, beside = [], actions, trans } = props;
  const [all, setAll] = React.useState(false);
  const few = actions.release ? FEW : MORE;
  const every = [...holders, ...beside];
  const rest = every.slice(few);
  const count = all || rest.length < 2 ? every.length : few;
  const rows = (shares: readonly MemoryShare[]) => (
    <ul className="jp-Torchprof-holders">
      {keyed(shares).map(([key, share]) => (
        <HolderRow key={key} {...props} share={share} />
      ))}
    </ul>
  );
  return (
    <>
      {holders.length > 0 && rows(holders.slice(0, count))}
      {beside.length > 0 && count > holders.length && (
        <>
          {holders.length > 0 && (
            <p className="jp-Torchprof-holdersBeside jp-Torchprof-muted">
              {trans.__('Beside that')}
            </p>
          )}
          {rows(beside.slice(0, count - holders.length))}
        </>
      )}
      {count < every.length && (
        <button
          type="button"
          className="jp-Torchprof-link"
          onClick={() => setAll(true)}
        >
          {trans.__(
            'Show %1 more, %2',
            rest.length,
            formatBytes(
              rest.reduce((sum, { held_bytes }) => sum + held_bytes, 0)
            )
          )}
        </button>
      )}
    </>
  );
}

/** Two may have one name: objects that a variable held before, a function that calls itself. */
function keyed(
  holders: readonly MemoryShare[]
): [key: string, share: MemoryShare][] {
  const seen = new Map<string, number>();
  return holders.map(share => {
    const name = JSON.stringify([share.kind, share.name]);
    const count = seen.get(name) ?? 0;
    seen.set(name, count + 1);
    return [`${name} ${count}`, share];
  });
}

function HolderRow(props: IHolding & { share: MemoryShare }): JSX.Element {
  const { share, trans } = props;
  const { name, kind, action, held_bytes } = share;
  const notes = noteWords(share, labelsOf(props.session), trans);
  return (
    <li className="jp-Torchprof-holder">
      <span className="jp-Torchprof-holderHead">
        <span className="jp-Torchprof-swatch" data-kind={kind} />
        <span className="jp-Torchprof-holderName">
          {name ? (
            <Text value={name} length={80} />
          ) : (
            namelessWords(share, trans)
          )}
        </span>
        <span className="jp-Torchprof-holderBytes">
          {formatBytes(held_bytes)}
        </span>
      </span>
      <span className="jp-Torchprof-holderFoot">
        <span className="jp-Torchprof-holderFacts">
          <Facts {...props} />
        </span>
        {action && <ActionButton {...props} action={action} />}
      </span>
      {notes.map(({ text, grows }) => (
        <span
          key={text}
          className="jp-Torchprof-holderNote"
          data-tone={grows ? 'worse' : undefined}
        >
          <Prose text={text} length={250} />
        </span>
      ))}
    </li>
  );
}

/** The numbers of runs, and of cells by their latest runs. */
function labelsOf(session: Session): ILabels {
  const unknown = { execution_count: null };
  return {
    run: id => runLabel(findRun(session, id) ?? unknown),
    cell: id => runLabel((id ? latestRunOf(session, id) : null) ?? unknown)
  };
}

/** Kind, class and shape, who made it, and who named it last. */
function Facts(props: IHolding & { share: MemoryShare }): JSX.Element {
  const { share, session, actions, trans } = props;
  const { name, kind, what } = share;
  if (!name && kind !== 'tensors') {
    return <>{explanation(kind, trans)}</>;
  }
  const maker = makerOf(share, session);
  const named = name && kind !== 'outputs' ? lastNamed(session, name) : null;
  const title = trans.__('Go to the cell');
  const parts: React.ReactNode[] = [];
  if (kind !== 'tensors') {
    parts.push(kindWords(kind, trans));
  }
  if (what) {
    parts.push(<Text key="what" value={what} length={60} />);
  }
  if (maker) {
    parts.push(
      <Way key="made" link={cellLink(maker, actions)} title={title}>
        {trans.__('made by %1', runLabel(maker))}
      </Way>
    );
  }
  if (named && named.run_id !== maker?.run_id) {
    parts.push(
      <Way key="named" link={cellLink(named, actions)} title={title}>
        {trans.__('last named in %1', runLabel(named))}
      </Way>
    );
  }
  return (
    <>
      {parts.map((part, index) => (
        <React.Fragment key={index}>
          {index > 0 && ' · '}
          {part}
        </React.Fragment>
      ))}
    </>
  );
}

/** What the button shows beside the name; it is called by the whole title. */
function verb({ kind, title }: Action, trans: ITranslate): React.ReactNode {
  switch (kind) {
    case 'delete_names':
    case 'delete_keys':
      return trans.__('Delete');
    case 'release_outputs':
      return trans.__('Release');
    case 'clear_traceback':
      return trans.__('Clear');
    case 'empty_containers':
    case 'empty_cache':
      return trans.__('Empty');
    case 'collect_garbage':
      return trans.__('Collect cycles');
    case 'trim_host':
      return trans.__('Give back');
    case 'run_cell':
      return <Text value={title} length={40} />;
  }
}

/** The button says what it does; what that means is in its tooltip, and is read aloud with it. */
function ActionButton(
  props: IHolding & { action: Action }
): JSX.Element | null {
  const { action, actions, states, trans } = props;
  const id = React.useId();
  if (!actions.release) {
    return null;
  }
  const state = states?.get(holdingKey(action));
  const waiting = state?.kind === 'waiting';
  return (
    <>
      <button
        type="button"
        className="jp-Torchprof-button jp-mod-small"
        title={clip(action.description, 600)}
        aria-label={clip(action.title, 80)}
        aria-describedby={id}
        aria-disabled={waiting}
        aria-busy={waiting}
        onClick={() => {
          if (!waiting) {
            actions.release?.(action);
          }
        }}
      >
        {verb(action, trans)}
      </button>
      <span id={id} hidden>
        {clip(action.description, 600)}
      </span>
    </>
  );
}
