import * as React from 'react';

import { formatBytes } from '../../record/units';
import { byDevice } from '../parts/by-device';
import { sizeWords } from '../runs/grad-words';
import { Text } from '../parts/text';
import { deviceHue } from '../parts/usage';
import type { PlacementTotal, RetainedGraph } from '../../record/_session';
import type { ITranslate } from '../state';

/** Rows shown at most; the tree below has everything. */
const ROWS = 12;

interface IRow {
  device: string;
  /** A dtype, or what else it is. */
  what: string;
  count: string;
  bytes: number;
  size: string;
}

/** What is held on one device after the other, by data type; graphs that variables keep stand beside them. */
export function PlacementTotals(props: {
  totals: readonly PlacementTotal[];
  retained: readonly RetainedGraph[];
  devices: readonly string[];
  trans: ITranslate;
}): JSX.Element {
  const { totals, retained, devices, trans } = props;
  const all = [
    ...totals.map(total => ({
      device: total.device,
      what: total.dtype,
      count: trans._n('%1 tensor', '%1 tensors', total.tensors),
      bytes: total.storage_bytes,
      size: formatBytes(total.storage_bytes)
    })),
    ...graphRows(retained, trans)
  ];
  const rank = byDevice(
    all,
    ({ device }) => device,
    ({ bytes }) => bytes
  );
  const rows = all.sort((a, b) => rank(b) - rank(a)).slice(0, ROWS);
  return (
    <table className="jp-Torchprof-table">
      <thead className="jp-Torchprof-visuallyHidden">
        <tr>
          <th scope="col">{trans.__('Device')}</th>
          <th scope="col">{trans.__('What')}</th>
          <th scope="col" className="jp-mod-count">
            {trans.__('Count')}
          </th>
          <th scope="col">{trans.__('Memory')}</th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row, index) => (
          <tr key={index}>
            <th scope="row">
              <span
                className="jp-Torchprof-swatch"
                data-device={deviceHue(row.device, devices)}
              />
              <Text value={row.device} />
            </th>
            <td className="jp-mod-text">
              <Text value={row.what} />
            </td>
            <td className="jp-mod-count">{row.count}</td>
            <td>{row.size}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function graphRows(
  retained: readonly RetainedGraph[],
  trans: ITranslate
): IRow[] {
  const graphs = new Map<string, RetainedGraph[]>();
  for (const graph of retained) {
    const { device } = graph;
    graphs.set(device, [...(graphs.get(device) ?? []), graph]);
  }
  return [...graphs]
    .map(([device, some]) => ({
      device,
      what: trans.__('graphs'),
      count: trans._n('%1 variable', '%1 variables', some.length),
      bytes: some.reduce((sum, { saved_bytes }) => sum + saved_bytes, 0),
      size: sizeWords(some, trans)
    }))
    .filter(({ bytes }) => bytes > 0);
}
