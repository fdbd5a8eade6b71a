import * as React from 'react';

import { longCall, phaseShares } from '../../record/phases';
import { formatPercent } from '../../record/units';
import { Text } from '../parts/text';
import { phaseName, phasesWords } from './phase-words';
import { libraryWords } from './place-words';
import type { CellRecord } from '../../record/_session';
import type { ITranslate } from '../state';

/**
 * What the time was spent for: a bar of the phases, and their shares. `null` where the run has
 * none.
 */
export function Phases(props: {
  record: CellRecord;
  trans: ITranslate;
}): JSX.Element | null {
  const { record, trans } = props;
  const shares = phaseShares(record);
  if (shares.length === 0) {
    return null;
  }
  const call = longCall(record);
  return (
    <div className="jp-Torchprof-phases">
      <span
        className="jp-Torchprof-stack"
        role="img"
        aria-label={phasesWords(record, trans) ?? ''}
      >
        {shares.map(({ phase, share }) => (
          <span
            key={phase}
            data-phase={phase}
            style={{ width: `${100 * share}%` }}
          />
        ))}
      </span>
      <span className="jp-Torchprof-legend" aria-hidden="true">
        {call && <Text value={libraryWords(call.place, trans)} length={80} />}
        {shares.map(({ phase, share }) => (
          <span key={phase} className="jp-Torchprof-phase">
            <span className="jp-Torchprof-swatch" data-phase={phase} />
            {trans.__('%1 %2', phaseName(phase, trans), formatPercent(share))}
          </span>
        ))}
      </span>
    </div>
  );
}
