import * as React from 'react';

import type { IPhaseChange } from '../../record/compare-phases';
import { formatDuration, formatDurationDelta } from '../../record/units';
import { Group } from '../parts/section';
import { Text } from '../parts/text';
import { phaseName } from '../places/phase-words';
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
    <Group title={trans.__('What the time was spent for')}>
      <table className="jp-Torchprof-table jp-Torchprof-phaseChanges">
        <thead>
          <tr>
            <th scope="col">{trans.__('Phase')}</th>
            <th scope="col">
              <Text value={names.before} length={40} />
            </th>
            <th scope="col">
              <Text value={names.after} length={40} />
            </th>
            <th scope="col">{trans.__('Difference')}</th>
          </tr>
        </thead>
        <tbody>
          {phases.map(({ phase, before, after }) => (
            <tr key={phase}>
              <th scope="row">{phaseName(phase, trans)}</th>
              <td>{formatDuration(before)}</td>
              <td>{formatDuration(after)}</td>
              <td data-verdict={after < before ? 'better' : 'worse'}>
                {formatDurationDelta(after - before)}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <p className="jp-Torchprof-muted">
        {trans.__(
          'Of cells whose phases are known in both. What chance may make is left out.'
        )}
      </p>
    </Group>
  );
}
