import * as React from 'react';

import { placementTree, sumOf } from '../../charts/placement-tree';
import { formatBytes } from '../../record/units';
import { Fold } from '../parts/fold';
import { PlacementTotals } from './placement-totals';
import { PlacementTree } from './placement-tree';
import { Code, Text } from '../parts/text';
import type {
  PlacedModule,
  Placement as IPlacement,
  RetainedGraph
} from '../../record/_session';
import type { ITranslate } from '../state';

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
  const nodes = React.useMemo(
    () => placementTree(placement, retained),
    [placement, retained]
  );
  const sum = sumOf(nodes);
  if (sum === 0) {
    return null;
  }
  const bound = placement.truncated || retained.some(graph => graph.truncated);
  return (
    <Fold
      name="placement"
      title={trans.__('Placement')}
      open={true}
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
      <PlacementTree nodes={nodes} devices={devices} trans={trans} />
      {placement.truncated && (
        <p className="jp-Torchprof-muted">
          {trans.__(
            'The namespace is large: not everything in it was looked at.'
          )}
        </p>
      )}
    </Fold>
  );
}

/** The innermost modules on several devices would repeat their parents: top-level ones only. */
function mixedModules(modules: readonly PlacedModule[]): PlacedModule[] {
  return modules
    .filter(module => Object.keys(module.devices ?? {}).length > 1)
    .slice(0, 5);
}
