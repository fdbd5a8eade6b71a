import * as React from 'react';

import { formatBytes } from '../../record/units';
import type { Fit, IRoom } from '../../record/what-if';
import { Text } from '../parts/text';
import type { ITranslate } from '../state';

/** Whether the step fits into devices, and the largest batch that does. */
export function Rooms(props: {
  rooms: readonly IRoom[];
  trans: ITranslate;
}): JSX.Element {
  const { rooms, trans } = props;
  return (
    <table className="jp-Torchprof-table jp-Torchprof-rooms">
      <thead>
        <tr>
          <th scope="col">{trans.__('Device')}</th>
          <th scope="col">{trans.__('Room for it')}</th>
          <th scope="col">{trans.__('Batch up to')}</th>
        </tr>
      </thead>
      <tbody>
        {rooms.map(({ device, bytes, fit, batch }, index) => (
          <tr key={index}>
            <th scope="row">
              {device !== null && (
                <>
                  <Text value={device} length={40} />{' '}
                </>
              )}
              {formatBytes(bytes)}
            </th>
            <td data-fit={fit}>{fitWords(fit, trans)}</td>
            <td>
              {batch === null
                ? trans.__('any')
                : batch === 0
                  ? trans.__('none')
                  : batch.toLocaleString('en')}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function fitWords(fit: Fit, trans: ITranslate): string {
  switch (fit) {
    case 'fits':
      return trans.__('fits');
    case 'exceeds':
      return trans.__('does not fit');
    case 'unknown':
      return trans.__('cannot tell');
  }
}
