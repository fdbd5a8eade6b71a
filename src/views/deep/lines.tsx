import * as React from 'react';

import { roofShare } from '../../record/roofline';
import { formatDuration, formatFlops, formatPercent } from '../../record/units';
import { ListedTable } from '../parts/listed-table';
import { Code } from '../parts/text';
import { codeOf } from '../places/place-words';
import { LineWay } from './line-way';
import { some } from './tables';
import type { ITables } from './tables';
import type { DeepLine } from '../../record/_session';

/** The lines of the window, with the backward that each causes. */
export function Lines(props: ITables): JSX.Element | null {
  const { deep, context, trans } = props;
  const places = context.record.places ?? [];
  const hasRoofs = (deep.roofs ?? []).length > 0;
  const lines = (deep.lines ?? []).filter(({ place }) => places[place]);
  return (
    <ListedTable<DeepLine>
      name="deep lines"
      title={trans.__('Lines')}
      summary={trans.__('with the backward that each causes')}
      headings={[
        trans.__('Host'),
        trans.__('Backward'),
        // Four columns are what there is room for.
        hasRoofs ? trans.__('Of the roof') : trans.__('Operators'),
        trans.__('Operations')
      ]}
      counts={hasRoofs ? undefined : 2}
      entries={lines}
      trans={trans}
      row={(line, index) => {
        const node = { place: places[line.place] };
        const code = codeOf(node, context);
        return (
          <tbody key={index}>
            <tr>
              <th scope="rowgroup" colSpan={4}>
                <LineWay {...props} node={node} />
                {code && (
                  <span className="jp-Torchprof-deepCode">
                    <Code value={code} length={120} />
                  </span>
                )}
              </th>
            </tr>
            <tr>
              <td>{formatDuration(line.host_s ?? 0)}</td>
              <td>{some(line.backward_s, formatDuration)}</td>
              {hasRoofs ? (
                <td>{formatPercent(roofShare(line, deep))}</td>
              ) : (
                <td className="jp-mod-count">
                  {(line.calls ?? 0).toLocaleString('en')}
                </td>
              )}
              <td>{some(line.flops, formatFlops)}</td>
            </tr>
          </tbody>
        );
      }}
    />
  );
}
