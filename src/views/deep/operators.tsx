import * as React from 'react';

import { recordedSeconds } from '../../record/deep';
import { formatDuration, formatFlops } from '../../record/units';
import { ListedTable } from '../parts/listed-table';
import { Code } from '../parts/text';
import { LineWay } from './line-way';
import { Phase } from './phase';
import { some } from './tables';
import type { ITables } from './tables';
import type { DeepOperator } from '../../record/_session';

/** The operators of the window, by phase. */
export function Operators(props: ITables): JSX.Element | null {
  const { deep, context, trans } = props;
  const places = context.record.places ?? [];
  return (
    <ListedTable<DeepOperator>
      name="deep operators"
      title={trans.__('Operators')}
      summary={formatDuration(deep.operators_s ?? recordedSeconds(deep))}
      headings={[
        trans.__('Own time'),
        trans.__('Calls'),
        trans.__('Operations')
      ]}
      entries={deep.operators ?? []}
      trans={trans}
      row={(operator, index) => {
        const place =
          operator.place === null || operator.place === undefined
            ? undefined
            : places[operator.place];
        const node = place && { place };
        return (
          <tbody key={index}>
            <tr>
              <th scope="rowgroup" colSpan={3}>
                <Code value={operator.name} length={120} />{' '}
                <Phase name={operator.phase} trans={trans} />
                {node && (
                  <>
                    {' '}
                    <span className="jp-Torchprof-muted">
                      {trans.__('mostly')}
                    </span>{' '}
                    <LineWay {...props} node={node} />
                  </>
                )}
              </th>
            </tr>
            <tr>
              <td>{formatDuration(operator.self_s)}</td>
              <td>{operator.calls.toLocaleString('en')}</td>
              <td>{some(operator.flops, formatFlops)}</td>
            </tr>
          </tbody>
        );
      }}
    />
  );
}
