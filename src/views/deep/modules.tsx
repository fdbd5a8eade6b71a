import * as React from 'react';

import { formatDuration, formatFlops } from '../../record/units';
import { ListedTable } from '../parts/listed-table';
import { Code } from '../parts/text';
import { some } from './tables';
import type { DeepModule, DeepProfile } from '../../record/_session';
import type { ITranslate } from '../state';

/** The modules of the window, each without those within it. */
export function Modules(props: {
  deep: DeepProfile;
  trans: ITranslate;
}): JSX.Element | null {
  const { deep, trans } = props;
  return (
    <ListedTable<DeepModule>
      name="deep modules"
      title={trans.__('Modules')}
      summary={trans.__('without those within them')}
      headings={[
        trans.__('Forward'),
        trans.__('Backward'),
        trans.__('Operations')
      ]}
      entries={deep.modules ?? []}
      trans={trans}
      row={(module, index) => (
        <tbody key={index}>
          <tr>
            <th scope="rowgroup" colSpan={3}>
              <Code value={module.name} length={120} />
            </th>
          </tr>
          <tr>
            <td>{some(module.forward_s, formatDuration)}</td>
            <td>{some(module.backward_s, formatDuration)}</td>
            <td>{some(module.flops, formatFlops)}</td>
          </tr>
        </tbody>
      )}
    />
  );
}
