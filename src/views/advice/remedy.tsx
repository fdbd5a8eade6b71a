import * as React from 'react';

import { fixFits } from '../../record/derive';
import { formatQuantity, formatQuantityDelta } from '../../record/units';
import type { IAdviceContext } from './context';
import { FixDiff } from './fix-diff';
import { Prose, Text } from '../parts/text';
import { metricName } from './verification-words';
import type { Advice, Prediction } from '../../record/_session';
import type { ITranslate } from '../state';

/** What the fix is expected to change. */
export function Gain(props: {
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

/** The fix with its buttons, or its diff where nothing can be clicked, or why there is none. */
export function Remedy(
  props: IAdviceContext & { advice: Advice }
): JSX.Element | null {
  const { session, record, advice, actions, stale, trans } = props;
  const { fix } = advice;
  if (!fix) {
    return advice.refusal ? (
      <p className="jp-Torchprof-refusal">
        <strong>{trans.__('No automatic fix:')}</strong>{' '}
        <Prose text={advice.refusal} />
      </p>
    ) : null;
  }
  const fits = fixFits(session, fix, stale);
  const hint = fits
    ? undefined
    : trans.__(
        'The cell was edited since it ran: run it again to measure it as it is now.'
      );
  return (
    <>
      {(actions.preview || actions.apply) && (
        <div className="jp-Torchprof-buttons">
          {actions.preview && (
            <button
              type="button"
              className="jp-Torchprof-button"
              // It keeps the focus when it has been applied.
              aria-disabled={!fits}
              title={hint}
              aria-haspopup="dialog"
              onClick={() => fits && actions.preview?.(record, advice)}
            >
              {trans.__('Preview')}
            </button>
          )}
          {actions.apply && (
            <button
              type="button"
              className="jp-Torchprof-button jp-mod-accept"
              aria-disabled={!fits}
              title={hint}
              onClick={() => fits && actions.apply?.(record, advice)}
            >
              {trans.__('Apply')}
            </button>
          )}
          <span className="jp-Torchprof-muted">
            <Prose text={hint ?? fix.title} length={300} />
          </span>
        </div>
      )}
      {!actions.preview && (
        <FixDiff
          fix={fix}
          session={session}
          cellId={record.cell_id}
          trans={trans}
        />
      )}
    </>
  );
}
