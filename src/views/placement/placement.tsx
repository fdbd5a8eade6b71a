import * as React from 'react';

import { placementTree, sumOf } from '../../charts/placement-tree';
import { formatBytes } from '../../record/units';
import { isolated } from '../../record/visible';
import { Fold } from '../parts/fold';
import { PlacementTotals } from './placement-totals';
import { PlacementTree } from './placement-tree';
import { Code, Text, clip } from '../parts/text';
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
  const offloaded = offloadedModules(placement.modules ?? []);
  if (sum === 0 && offloaded.length === 0) {
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
      {offloaded.map(module => (
        <p key={module.path} className="jp-Torchprof-muted">
          <Code value={module.path} />{' '}
          {trans.__(
            'keeps weights elsewhere between forwards: %1',
            offloadedWords(module, trans)
          )}
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

/** Those of which a library keeps weights in host memory or files. */
function offloadedModules(modules: readonly PlacedModule[]): PlacedModule[] {
  return modules
    .filter(({ offloaded }) => Object.values(offloaded ?? {}).some(Boolean))
    .slice(0, 5);
}

function offloadedWords(module: PlacedModule, trans: ITranslate): string {
  const { offloaded = {} } = module;
  return Object.entries(offloaded)
    .slice(0, 4)
    .map(([where, bytes]) =>
      where === 'cpu'
        ? trans.__('%1 in host memory', formatBytes(bytes))
        : where === 'disk'
          ? trans.__('%1 in files', formatBytes(bytes))
          : trans.__('%1 on %2', formatBytes(bytes), isolated(clip(where, 40)))
    )
    .join(', ');
}

/** The innermost modules on several devices would repeat their parents: top-level ones only. */
function mixedModules(modules: readonly PlacedModule[]): PlacedModule[] {
  return modules
    .filter(
      ({ devices, layers }) =>
        Object.keys(devices ?? {}).length > 1 && !layers?.managed
    )
    .slice(0, 5);
}
