import * as React from 'react';

import { DeepIcicle } from '../../charts/deep';
import { deepShares, medianStep, stepShares } from '../../record/deep';
import { formatDuration, formatPercent } from '../../record/units';
import { Fold } from '../parts/fold';
import { Prose } from '../parts/text';
import { phaseName } from '../places/phase-words';
import { usePlaceContext } from '../places/where-time';
import { Compiler } from './compiler';
import { cutWords, verdictWords, whatWords } from './deep-words';
import { Lines } from './lines';
import { PeakMemory } from './memory';
import { Modules } from './modules';
import { Operators } from './operators';
import { Roofs } from './roofs';
import { WhatIf } from './what-if';
import { WorkTable } from './work';
import type { IWhereProps } from '../places/where-time';
import type { DeepProfile } from '../../record/_session';
import type { ITranslate } from '../state';

/** Steps drawn one by one. */
const STEPS = 20;

/** What was recorded in depth: a sentence, the steps, and tables of lines, modules and operators. */
export function Deep(props: IWhereProps): JSX.Element | null {
  const { record, actions, trans } = props;
  const context = usePlaceContext(props);
  const deep = record.deep;
  if (!deep) {
    return null;
  }
  const cut = cutWords(deep, trans);
  return (
    <Fold
      name="deep"
      title={trans.__('Deep profile')}
      open={true}
      summary={whatWords(deep, trans)}
      className="jp-Torchprof-deep"
    >
      <p>
        <Prose text={verdictWords(deep, trans)} />
      </p>
      <Steps deep={deep} trans={trans} />
      {cut && <p className="jp-Torchprof-note">{cut}</p>}
      <WorkTable
        deep={deep}
        context={context}
        actions={actions}
        trans={trans}
      />
      <DeepIcicle deep={deep} context={context} actions={actions} />
      <Lines deep={deep} context={context} actions={actions} trans={trans} />
      <Roofs deep={deep} context={context} actions={actions} trans={trans} />
      <PeakMemory
        deep={deep}
        context={context}
        actions={actions}
        trans={trans}
      />
      <WhatIf
        key={record.run_id}
        deep={deep}
        context={context}
        actions={actions}
        trans={trans}
      />
      <Compiler deep={deep} context={context} actions={actions} trans={trans} />
      <Modules deep={deep} trans={trans} />
      <Operators
        deep={deep}
        context={context}
        actions={actions}
        trans={trans}
      />
      <p className="jp-Torchprof-muted">
        {trans.__(
          'Times are of the host, with what recording itself took; %1 events were read in %2.',
          (deep.events ?? 0).toLocaleString('en'),
          formatDuration(deep.reading_s ?? 0)
        )}
      </p>
      {actions.saveTrace && (
        <p className="jp-Torchprof-deepTrace">
          <button
            type="button"
            className="jp-Torchprof-button"
            onClick={() => actions.saveTrace?.(record)}
          >
            {trans.__('Save Trace')}
          </button>
          {actions.openTrace && (
            <button
              type="button"
              className="jp-Torchprof-button"
              title={trans.__(
                'Loads ui.perfetto.dev, or the viewer of your settings, in another tab, and hands it the trace within your browser'
              )}
              onClick={() => actions.openTrace?.(record)}
            >
              {trans.__('Open in Perfetto')}
            </button>
          )}
          <span className="jp-Torchprof-muted">
            {trans.__(
              'What was recorded, event by event: a file for ui.perfetto.dev. The kernel keeps it until the cell is profiled in depth again.'
            )}
          </span>
        </p>
      )}
    </Fold>
  );
}

/** A bar for each step, as long as the step took, of its phases. */
function Steps(props: { deep: DeepProfile; trans: ITranslate }): JSX.Element {
  const { deep, trans } = props;
  const steps = (deep.steps ?? []).slice(0, STEPS);
  const longest = Math.max(...steps.map(step => step.duration_s), 1e-9);
  return (
    <div className="jp-Torchprof-phases">
      <ol
        className="jp-Torchprof-deepSteps"
        aria-label={trans.__(
          'Steps, median %1',
          formatDuration(medianStep(deep))
        )}
      >
        {steps.map((step, index) => (
          <li key={index}>
            <span
              className="jp-Torchprof-stack"
              aria-hidden="true"
              style={{ width: `${(100 * step.duration_s) / longest}%` }}
            >
              {stepShares(step).map(({ phase, share }) => (
                <span
                  key={phase}
                  data-phase={phase}
                  style={{ width: `${100 * share}%` }}
                />
              ))}
            </span>
            <span className="jp-Torchprof-deepStep">
              {formatDuration(step.duration_s)}
            </span>
          </li>
        ))}
      </ol>
      <span className="jp-Torchprof-legend" aria-hidden="true">
        {deepShares(deep).map(({ phase, share }) => (
          <span key={phase} className="jp-Torchprof-phase">
            <span className="jp-Torchprof-swatch" data-phase={phase} />
            {trans.__('%1 %2', phaseName(phase, trans), formatPercent(share))}
          </span>
        ))}
      </span>
    </div>
  );
}
