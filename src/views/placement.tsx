import * as React from 'react';

import { PlacementChart } from '../charts/placement';
import { formatBytes } from '../record/units';
import { ModulesTable } from './modules';
import { PlacementTotals } from './placement-totals';
import { Part } from './section';
import { Code, Text } from './text';
import type {
  PlacedModule,
  Placement as IPlacement,
  RetainedGraph
} from '../record/_session';
import type { ITranslate } from './state';

/** Pixels. */
const CHART_HEIGHT = 200;
/** Below this there is nothing that a chart would show. Bytes. */
const CHART_FROM = 1 << 20;

/**
 * Where the memory is that the namespace holds: its tensors and modules, and the graphs that its
 * variables keep.
 */
export function Placement(props: {
  placement: IPlacement;
  retained: readonly RetainedGraph[];
  /** Devices in the order that gives them their colours. */
  devices: readonly string[];
  trans: ITranslate;
}): JSX.Element | null {
  const { placement, retained, devices, trans } = props;
  const sum =
    (placement.totals ?? []).reduce(
      (sum, total) => sum + total.storage_bytes,
      0
    ) + retained.reduce((sum, graph) => sum + graph.saved_bytes, 0);
  if (sum === 0) {
    return null;
  }
  const bound = placement.truncated || retained.some(graph => graph.truncated);
  return (
    <Part
      title={trans.__('Placement')}
      summary={
        bound ? trans.__('at least %1', formatBytes(sum)) : formatBytes(sum)
      }
      className="jp-Torchprof-placement"
    >
      <PlacementTotals
        totals={placement.totals ?? []}
        retained={retained}
        devices={devices}
        trans={trans}
      />
      {mixedModules(placement.modules ?? []).map(module => (
        <p key={module.path} className="jp-Torchprof-warning">
          <Code value={module.path} /> {trans.__('lies on several devices:')}{' '}
          <Text value={Object.keys(module.devices ?? {}).join(', ')} />
        </p>
      ))}
      {sum >= CHART_FROM && (
        <PlacementChart
          placement={placement}
          retained={retained}
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
