import * as React from 'react';

import type { IDeepChange, IDeepComparison } from '../../record/compare-deep';
import { isSameStep } from '../../record/compare-deep';
import {
  UNKNOWN,
  formatBytes,
  formatBytesDelta,
  formatDuration,
  formatDurationDelta
} from '../../record/units';
import { runLabel } from '../parts/run-label';
import { Group } from '../parts/section';
import { Code, Prose, clip } from '../parts/text';
import type { ITranslate } from '../state';
import { callsWords, deepRowName, reasonWords } from './deep-change-words';
import { ComparedHeads } from './time-changes';
import type { INames } from './words';

/** What changed in the steps that were recorded in depth; nothing where they were not in both. */
export function DeepChanges(props: {
  comparisons: readonly (IDeepComparison | null)[];
  names: INames;
  trans: ITranslate;
}): JSX.Element | null {
  const { names, trans } = props;
  const comparisons = props.comparisons.flatMap(each => each ?? []);
  if (comparisons.length === 0) {
    return null;
  }
  return (
    <Group title={trans.__('A step in depth')}>
      <table className="jp-Torchprof-table jp-Torchprof-pairs jp-Torchprof-deepChanges">
        <thead>
          <tr>
            <ComparedHeads names={names} trans={trans} />
          </tr>
        </thead>
        {comparisons.map(comparison => (
          <React.Fragment key={comparison.after.record.run_id}>
            {comparisons.length > 1 && (
              <tbody>
                <tr>
                  <th
                    scope="rowgroup"
                    colSpan={3}
                    className="jp-Torchprof-changesGroup"
                  >
                    {runLabel(comparison.after.record)}
                  </th>
                </tr>
              </tbody>
            )}
            <Rows comparison={comparison} trans={trans} />
          </React.Fragment>
        ))}
      </table>
      <p className="jp-Torchprof-muted">
        {trans.__(
          'Means of a whole step, of the whole step the one in the middle. Of its parts only those are told whose difference is more than a tenth, and more than the steps differ by among themselves.'
        )}
      </p>
    </Group>
  );
}

function Rows(props: {
  comparison: IDeepComparison;
  trans: ITranslate;
}): JSX.Element {
  const { comparison, trans } = props;
  const { step, changes } = comparison;
  if (!step) {
    return (
      <tbody>
        <tr>
          <td colSpan={3} className="jp-Torchprof-muted">
            {reasonWords(comparison, trans)}
          </td>
        </tr>
      </tbody>
    );
  }
  return (
    <>
      {[step, ...changes].map((change, index) => (
        <tbody key={index}>
          <tr>
            <th scope="rowgroup" colSpan={3}>
              <Prose text={nameWords(change, trans)} />{' '}
              <Calls change={change} trans={trans} />
              {change.row.code && (
                <span className="jp-Torchprof-deepCode">
                  <Code value={change.row.code} length={80} />
                </span>
              )}
            </th>
          </tr>
          <tr>
            <td>{valueWords(change, change.before)}</td>
            <td>{valueWords(change, change.after)}</td>
            <Difference change={change} trans={trans} />
          </tr>
        </tbody>
      ))}
    </>
  );
}

function Difference(props: {
  change: IDeepChange;
  trans: ITranslate;
}): JSX.Element {
  const { change, trans } = props;
  const { kind, before, after } = change;
  if (isSameStep(change)) {
    return (
      <td className="jp-Torchprof-muted">
        {trans.__('no difference beyond the spread')}
      </td>
    );
  }
  const format = kind === 'peak' ? formatBytesDelta : formatDurationDelta;
  return (
    <td data-verdict={after < before ? 'better' : 'worse'}>
      {format(after - before)}
    </td>
  );
}

/** How often an operator is called in a step, where that changed. */
function Calls(props: {
  change: IDeepChange;
  trans: ITranslate;
}): JSX.Element | null {
  const { change, trans } = props;
  const [before, after] = change.calls;
  return before > 0 && after > 0 && before !== after ? (
    <span className="jp-Torchprof-muted">
      {trans.__('%1 → %2', callsWords(before, trans), callsWords(after, trans))}
    </span>
  ) : null;
}

function nameWords(change: IDeepChange, trans: ITranslate): string {
  switch (change.kind) {
    case 'step':
      return trans.__('Step');
    case 'peak':
      return trans.__('New tensors at the peak, %1', clip(change.row.name, 40));
    default:
      return deepRowName(change, trans);
  }
}

/** A part that a run does not have has no value. */
function valueWords({ kind }: IDeepChange, value: number): string {
  if (kind === 'peak') {
    return formatBytes(value);
  }
  return value > 0 ? formatDuration(value) : UNKNOWN;
}
