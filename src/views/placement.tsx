import * as React from 'react';

import { PlacementChart } from '../charts/placement';
import { formatBytes } from '../record/units';
import { ModulesTable } from './modules';
import { Part } from './section';
import { Code, Text } from './text';
import type { PlacedModule, Placement as IPlacement } from '../record/_session';
import type { ITranslate } from './state';

/** Pixels; enough for some thirty rows of the icicle's leaves. */
const CHART_HEIGHT = 200;
/** Below this there is nothing that a chart would show. Bytes. */
const CHART_FROM = 1 << 20;

/** Where the tensors live that the namespace reaches: table, chart, modules. */
export function Placement(props: {
  placement: IPlacement;
  /** Devices in the order that gives them their colours. */
  devices: readonly string[];
  trans: ITranslate;
}): JSX.Element | null {
  const { placement, devices, trans } = props;
  const totals = [...(placement.totals ?? [])].sort(
    (a, b) => b.storage_bytes - a.storage_bytes
  );
  const sum = totals.reduce((bytes, total) => bytes + total.storage_bytes, 0);
  if (sum === 0) {
    return null;
  }
  return (
    <Part
      title={trans.__('Placement')}
      summary={
        placement.truncated
          ? trans.__('at least %1', formatBytes(sum))
          : formatBytes(sum)
      }
      className="jp-Torchprof-placement"
    >
      <table className="jp-Torchprof-table">
        <thead className="jp-Torchprof-visuallyHidden">
          <tr>
            <th scope="col">{trans.__('Device')}</th>
            <th scope="col">{trans.__('Data type')}</th>
            <th scope="col">{trans.__('Tensors')}</th>
            <th scope="col">{trans.__('Memory')}</th>
          </tr>
        </thead>
        <tbody>
          {totals.map(total => (
            <tr key={`${total.device} ${total.dtype}`}>
              <th scope="row">
                <span
                  className="jp-Torchprof-swatch"
                  data-device={Math.max(0, devices.indexOf(total.device)) % 5}
                />
                <Text value={total.device} />
              </th>
              <td className="jp-mod-text">
                <Text value={total.dtype} />
              </td>
              <td>{trans._n('%1 tensor', '%1 tensors', total.tensors)}</td>
              <td>{formatBytes(total.storage_bytes)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {mixedModules(placement.modules ?? []).map(module => (
        <p key={module.path} className="jp-Torchprof-warning">
          <Code value={module.path} /> {trans.__('lies on several devices:')}{' '}
          <Text value={Object.keys(module.devices ?? {}).join(', ')} />
        </p>
      ))}
      {sum >= CHART_FROM && (
        <PlacementChart
          placement={placement}
          devices={devices}
          height={CHART_HEIGHT}
          trans={trans}
        />
      )}
      <ModulesTable placement={placement} trans={trans} />
      {placement.truncated && (
        <p className="jp-Torchprof-muted">
          {trans.__(
            'The namespace is large: not everything in it was looked at.'
          )}
        </p>
      )}
    </Part>
  );
}

/** The innermost modules on several devices would repeat their parents: top-level ones only. */
function mixedModules(modules: readonly PlacedModule[]): PlacedModule[] {
  return modules
    .filter(module => Object.keys(module.devices ?? {}).length > 1)
    .slice(0, 5);
}
