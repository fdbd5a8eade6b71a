import * as React from 'react';

import { formatQuantity, formatQuantityDelta } from '../record/units';
import { FixDiff } from './fix-diff';
import { AdviceIcon } from './icons';
import { Prose, Text } from './text';
import { metricName } from './verification-words';
import type { Advice, CellRecord, Prediction } from '../record/_session';
import type { ITranslate, IViewActions } from './state';

/** One finding: what it is, what proves it, what a fix would bring, and the fix. */
export function AdviceCard(props: {
  record: CellRecord;
  advice: Advice;
  /** The source was edited since it ran: its fix does not fit any more. */
  stale: boolean;
  /** The source that ran with this hash, also of other cells; `null` if it is not at hand. */
  sourceOf: (hash: string) => string | null;
  actions: IViewActions;
  trans: ITranslate;
}): JSX.Element {
  const { advice, trans } = props;
  const id = React.useId();
  return (
    <article
      className="jp-Torchprof-advice"
      data-severity={advice.severity}
      aria-labelledby={id}
    >
      <h5 className="jp-Torchprof-adviceTitle" id={id}>
        <AdviceIcon />
        <Prose text={advice.title} length={300} />
      </h5>
      <p>
        <Prose text={advice.explanation} />
      </p>
      {advice.evidence.length > 0 && (
        <ul className="jp-Torchprof-evidence" aria-label={trans.__('Evidence')}>
          {advice.evidence.slice(0, 10).map((fact, index) => (
            <li key={index}>
              <Prose text={fact} length={600} />
            </li>
          ))}
        </ul>
      )}
      {advice.prediction && (
        <Gain prediction={advice.prediction} trans={trans} />
      )}
      <Remedy {...props} />
    </article>
  );
}

function Gain(props: {
  prediction: Prediction;
  trans: ITranslate;
}): JSX.Element {
  const { prediction, trans } = props;
  const { before, after, unit, device } = prediction;
  return (
    <p className="jp-Torchprof-prediction">
      <span className="jp-Torchprof-muted">
        <Text value={metricName(prediction.metric, trans)} />
        {device && (
          <>
            {' '}
            (<Text value={device} />)
          </>
        )}
      </span>{' '}
      {formatQuantity(before, unit)} → {formatQuantity(after, unit)}{' '}
      <strong>{formatQuantityDelta(after - before, unit)}</strong>
    </p>
  );
}

function Remedy(
  props: React.ComponentProps<typeof AdviceCard>
): JSX.Element | null {
  const { record, advice, actions, trans, stale } = props;
  if (!advice.fix) {
    return advice.refusal ? (
      <p className="jp-Torchprof-refusal">
        <strong>{trans.__('No automatic fix:')}</strong>{' '}
        <Prose text={advice.refusal} />
      </p>
    ) : null;
  }
  const hint = stale
    ? trans.__(
        'The cell was edited since it ran: run it again to measure it as it is now.'
      )
    : undefined;
  return (
    <>
      {(actions.preview || actions.apply) && (
        <div className="jp-Torchprof-buttons">
          {actions.preview && (
            <button
              type="button"
              className="jp-Torchprof-button"
              disabled={stale}
              title={hint}
              onClick={() => actions.preview?.(record, advice)}
            >
              {trans.__('Preview')}
            </button>
          )}
          {actions.apply && (
            <button
              type="button"
              className="jp-Torchprof-button jp-mod-accept"
              disabled={stale}
              title={hint}
              onClick={() => actions.apply?.(record, advice)}
            >
              {trans.__('Apply')}
            </button>
          )}
          <span className="jp-Torchprof-muted">
            <Prose text={hint ?? advice.fix.title} length={300} />
          </span>
        </div>
      )}
      {!actions.preview && (
        <FixDiff fix={advice.fix} sourceOf={props.sourceOf} trans={trans} />
      )}
    </>
  );
}
