import * as React from 'react';

import { adviceKey, fixFits } from '../../record/derive';
import { formatQuantity, formatQuantityDelta } from '../../record/units';
import type { IAdviceContext } from './context';
import { FixDiff } from './fix-diff';
import { CheckIcon } from '../parts/icons';
import { KeepFocus } from '../parts/keep-focus';
import { Prose, Text } from '../parts/text';
import { metricName } from './verification-words';
import type { Advice, Fix, Prediction } from '../../record/_session';
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
  const { session, record, advice, actions, trans } = props;
  const { fix } = advice;
  if (!fix) {
    return advice.refusal ? (
      <p className="jp-Torchprof-refusal">
        <strong>{trans.__('No automatic fix:')}</strong>{' '}
        <Prose text={advice.refusal} />
      </p>
    ) : null;
  }
  return (
    <>
      {(actions.preview || actions.apply) && <Buttons {...props} fix={fix} />}
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

/** To see the fix and to apply it; once that was done, to run what it has changed. */
function Buttons(
  props: IAdviceContext & { advice: Advice; fix: Fix }
): JSX.Element {
  const { session, record, advice, fix, actions, stale, trans } = props;
  const isApplied =
    Boolean(actions.run) &&
    (props.applied?.has(adviceKey(record, advice)) ?? false);
  const fits = fixFits(session, fix, stale);
  const hint = fits ? undefined : hintWords(props);
  return (
    // The button that had the focus may go, and the other one is its neighbour.
    <KeepFocus className="jp-Torchprof-buttons" entries=".jp-mod-accept">
      {isApplied ? (
        <RunButton {...props} />
      ) : (
        <>
          {actions.preview && (
            <button
              type="button"
              className="jp-Torchprof-button"
              // It keeps the focus when the cell changes under it.
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
        </>
      )}
      {/* There before it speaks, else it would not be heard. */}
      <span role="status" className="jp-Torchprof-applied">
        {isApplied && (
          <>
            <CheckIcon />
            {trans.__('Applied: run to measure')}
          </>
        )}
      </span>
    </KeepFocus>
  );
}

function RunButton(
  props: IAdviceContext & { advice: Advice; fix: Fix }
): JSX.Element {
  const { record, advice, fix, actions, busy, trans } = props;
  const cells = new Set(fix.edits.map(({ cell_id }) => cell_id));
  const { size } = cells.add(record.cell_id);
  return (
    <button
      type="button"
      className="jp-Torchprof-button jp-mod-accept"
      // It keeps the focus while the cell runs.
      aria-disabled={busy}
      title={
        busy
          ? trans.__('A cell is running.')
          : trans._n(
              'Run the cell',
              'Run the cells that this is about, in the order of the notebook',
              size
            )
      }
      onClick={() => {
        if (!busy) {
          actions.run?.(record, advice);
        }
      }}
    >
      {trans.__('Run')}
    </button>
  );
}

/** Why a fix does not fit. */
function hintWords({ record, gone, trans }: IAdviceContext): string {
  switch (gone?.get(record.run_id)) {
    case 'deleted':
      return trans.__('The cell was deleted since it ran.');
    case 'unknown':
      return trans.__('The cell is not in this notebook.');
    default:
      return trans.__(
        'The cell was edited since it ran: run it again to measure it as it is now.'
      );
  }
}
