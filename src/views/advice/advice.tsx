import * as React from 'react';

import { AdviceActions } from './advice-actions';
import { AdviceIcon } from '../parts/icons';
import type { IAdviceContext } from './context';
import { Gain, Remedy } from './remedy';
import { Prose } from '../parts/text';
import { Where } from './where';
import type { Advice } from '../../record/_session';
import type { ITranslate } from '../state';

/** Facts shown at most. */
const EVIDENCE = 10;

/** One finding: what it is, what proves it, what a fix would bring, and what to do about it. */
export function AdviceCard(
  props: IAdviceContext & {
    advice: Advice;
    /** The cell, where the advice does not stand in its detail. */
    cell?: React.ReactNode;
    /** Id of what has the title already. Absent: the card says it. */
    labelledBy?: string;
    /** Take note that the card goes, so that the focus can be put elsewhere. */
    onDismiss?: () => void;
  }
): JSX.Element {
  const { advice, cell, labelledBy, trans } = props;
  const id = React.useId();
  return (
    <article
      className="jp-Torchprof-advice"
      data-severity={advice.severity}
      aria-labelledby={labelledBy ?? id}
    >
      {labelledBy === undefined && (
        <h5 className="jp-Torchprof-adviceTitle" id={id}>
          <AdviceIcon />
          <Prose text={advice.title} length={300} />
        </h5>
      )}
      <p className="jp-Torchprof-adviceMeta">
        {cell && <span>{cell}</span>}
        <span className="jp-Torchprof-severity">
          {severityName(advice.severity, trans)}
        </span>
        <Where {...props} />
      </p>
      <p>
        <Prose text={advice.explanation} />
      </p>
      {advice.prediction && (
        <Gain prediction={advice.prediction} trans={trans} />
      )}
      {advice.evidence.length > 0 && (
        <details className="jp-Torchprof-fold">
          <summary>{trans.__('Evidence')}</summary>
          <ul
            className="jp-Torchprof-evidence"
            aria-label={trans.__('Evidence')}
          >
            {advice.evidence.slice(0, EVIDENCE).map((fact, index) => (
              <li key={index}>
                <Prose text={fact} length={600} />
              </li>
            ))}
          </ul>
        </details>
      )}
      <Remedy {...props} />
      <AdviceActions {...props} />
      <Footer {...props} />
    </article>
  );
}

/** To read more, and to hear no more of it. */
function Footer(
  props: React.ComponentProps<typeof AdviceCard>
): JSX.Element | null {
  const { advice, actions, onDismiss, trans } = props;
  const { learnMore, dismiss, turnOff } = actions;
  if (!learnMore && !dismiss && !turnOff) {
    return null;
  }
  return (
    <p className="jp-Torchprof-adviceFooter">
      {learnMore && (
        <button
          type="button"
          className="jp-Torchprof-link"
          aria-haspopup="dialog"
          onClick={() => learnMore(advice.rule)}
        >
          {trans.__('Learn more')}
        </button>
      )}
      {dismiss && advice.cell_id !== null && (
        <button
          type="button"
          className="jp-Torchprof-link"
          title={trans.__('Not for this cell: remembered in the notebook')}
          onClick={() => {
            onDismiss?.();
            dismiss(advice, true);
          }}
        >
          {trans.__('Dismiss')}
        </button>
      )}
      {turnOff && (
        <button
          type="button"
          className="jp-Torchprof-link"
          title={trans.__(
            'Turn `%1` off in the settings, for all notebooks',
            advice.rule
          )}
          onClick={() => {
            onDismiss?.();
            turnOff(advice.rule);
          }}
        >
          {trans.__('Never show this rule')}
        </button>
      )}
    </p>
  );
}

/** The severity as people say it. */
export function severityName(
  severity: Advice['severity'],
  trans: ITranslate
): string {
  switch (severity) {
    case 'high':
      return trans.__('High');
    case 'medium':
      return trans.__('Medium');
    case 'low':
      return trans.__('Low');
    case 'info':
      return trans.__('Note');
  }
}
