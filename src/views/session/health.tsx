import * as React from 'react';

import { formatDuration, formatPercent } from '../../record/units';
import { CheckIcon, WarningIcon } from '../parts/icons';
import { Prose, Text } from '../parts/text';
import type { CellRecord, HealthEntry } from '../../record/_session';
import type { ITranslate } from '../state';

const NONE: readonly CellRecord[] = [];

/** The profiler on itself, in one line: what it took of the cells' time, and whether it failed. */
export function Health(props: {
  health: readonly HealthEntry[];
  /** What it watched; without them its cost is not told. */
  cells?: readonly CellRecord[];
  trans: ITranslate;
}): JSX.Element | null {
  const { health, cells = NONE, trans } = props;
  const failed = health.filter(entry => entry.failures > 0);
  const notes = health.filter(entry => entry.failures === 0);
  const failures = failed.reduce((sum, entry) => sum + entry.failures, 0);
  const cost = React.useMemo(() => costWords(cells, trans), [cells, trans]);
  return (
    <>
      {notes.map(entry => (
        <p key={entry.part} className="jp-Torchprof-health">
          <WarningIcon /> <Prose text={entry.message} length={300} />
        </p>
      ))}
      {failures > 0 && (
        <Failures
          failed={failed}
          failures={failures}
          cost={cost}
          trans={trans}
        />
      )}
      {failures === 0 && cost !== null && (
        <p className="jp-Torchprof-health">
          <CheckIcon /> {cost}
        </p>
      )}
    </>
  );
}

/** What went wrong in the profiler, folded. */
function Failures(props: {
  failed: readonly HealthEntry[];
  failures: number;
  cost: string | null;
  trans: ITranslate;
}): JSX.Element {
  const { failed, failures, cost, trans } = props;
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
        {failed.map(entry => (
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

/**
 * What measuring took of the time of all cells, without those that somebody asked to record in
 * depth; `null` without any.
 */
function costWords(
  cells: readonly CellRecord[],
  trans: ITranslate
): string | null {
  let cost = 0;
  let time = 0;
  for (const { overhead_s, duration_s, deep } of cells) {
    if (!deep) {
      cost += overhead_s ?? 0;
      time += duration_s;
    }
  }
  return time <= 0
    ? null
    : trans.__(
        'Measuring took %1, %2 of the cells’ time.',
        formatDuration(cost),
        formatPercent(cost / time)
      );
}
