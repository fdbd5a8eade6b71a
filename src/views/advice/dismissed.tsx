import * as React from 'react';

import { ChevronIcon } from '../parts/icons';
import { Prose } from '../parts/text';
import type { Advice } from '../../record/_session';
import type { ITranslate, IViewActions } from '../state';

/** Entries shown at most. */
const LISTED = 100;

/** The advice of the notebook that was dismissed, to be brought back. */
export function DismissedAdvice(props: {
  list: readonly Advice[];
  actions: IViewActions;
  trans: ITranslate;
}): JSX.Element | null {
  const { list, actions, trans } = props;
  const [open, setOpen] = React.useState(false);
  const id = React.useId();
  if (list.length === 0) {
    return null;
  }
  return (
    <div className="jp-Torchprof-centreNote" data-entry>
      <button
        type="button"
        className="jp-Torchprof-noteLine"
        aria-expanded={open}
        aria-controls={id}
        onClick={() => setOpen(!open)}
      >
        <ChevronIcon open={open} />
        {trans._n('%1 dismissed', '%1 dismissed', list.length)}
      </button>
      <ul id={id} hidden={!open}>
        {open &&
          list.slice(0, LISTED).map((advice, index) => (
            <li key={index}>
              <Prose text={advice.title} length={300} />{' '}
              {actions.dismiss && (
                <button
                  type="button"
                  className="jp-Torchprof-link"
                  onClick={() => actions.dismiss?.(advice, false)}
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
