import * as React from 'react';

import type { IPhaseChange } from '../../record/compare-phases';
import { phaseName } from '../places/phase-words';
import { TimeCells, TimeChanges } from './time-changes';
import type { ITranslate } from '../state';
import type { INames } from './words';

/** The phases whose time changed; nothing where none did beyond noise. */
export function PhaseChanges(props: {
  phases: readonly IPhaseChange[];
  names: INames;
  trans: ITranslate;
}): JSX.Element | null {
  const { phases, names, trans } = props;
  if (phases.length === 0) {
    return null;
  }
  return (
    <TimeChanges
      title={trans.__('What the time was spent for')}
      heading={trans.__('Phase')}
      className="jp-Torchprof-phaseChanges"
      names={names}
      note={trans.__(
        'Of cells whose phases are known in both. What chance may make is left out.'
      )}
      trans={trans}
    >
      {phases.map(({ phase, before, after }) => (
        <tr key={phase}>
          <th scope="row">{phaseName(phase, trans)}</th>
          <TimeCells before={before} after={after} />
        </tr>
      ))}
    </TimeChanges>
  );
}
