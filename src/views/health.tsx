import * as React from 'react';

import { formatDuration, formatPercent } from '../record/units';
import { CheckIcon, WarningIcon } from './icons';
import { Prose, Text } from './text';
import type { CellRecord, HealthEntry } from '../record/_session';
import type { ITranslate } from './state';

const NONE: readonly CellRecord[] = [];

/** The profiler on itself, in one line: what it took of the cells' time, and whether it failed. */
export function Health(props: {
  health: readonly HealthEntry[];
  /** What it watched; without them its cost is not told. */
  cells?: readonly CellRecord[];
  trans: ITranslate;
}): JSX.Element | null {
  const { health, cells = NONE, trans } = props;
  const failures = health.reduce((sum, entry) => sum + entry.failures, 0);
  const cost = React.useMemo(() => costWords(cells, trans), [cells, trans]);
  if (failures === 0) {
    return cost === null ? null : (
      <p className="jp-Torchprof-health">
        <CheckIcon /> {cost}
      </p>
    );
  }
  return (
    <details className="jp-Torchprof-health">
      <summary>
        <WarningIcon />{' '}
        {trans._n(
          'The profiler failed once itself; your cells were not affected.',
          'The profiler failed %1 times itself; your cells were not affected.',
          failures
        )}
      </summary>
      <ul>
        {health.map(entry => (
          <li key={entry.part}>
            <strong>
              <Text value={entry.part} />
            </strong>{' '}
            ({entry.failures}): <Prose text={entry.message} length={300} />
          </li>
        ))}
      </ul>
      {cost !== null && <p>{cost}</p>}
    </details>
  );
}

/** What measuring took of the time of all cells; `null` without any. */
function costWords(
  cells: readonly CellRecord[],
  trans: ITranslate
): string | null {
  let cost = 0;
  let time = 0;
  for (const { overhead_s, duration_s } of cells) {
    cost += overhead_s ?? 0;
    time += duration_s;
  }
  return time <= 0
    ? null
    : trans.__(
        'Measuring took %1, %2 of the cells’ time.',
        formatDuration(cost),
        formatPercent(cost / time)
      );
}
