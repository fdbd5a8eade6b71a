import * as React from 'react';

import { placementTree, sumOf } from '../../charts/placement-tree';
import { HOST } from '../../record/derive';
import { formatBytes } from '../../record/units';
import { isolated } from '../../record/visible';
import { Fold } from '../parts/fold';
import { PlacementTotals } from './placement-totals';
import { PlacementTree } from './placement-tree';
import { Code, Text, clip } from '../parts/text';
import { deviceName } from '../parts/usage';
import type { IPlacementNode } from '../../charts/placement-tree';
import type {
  PlacedModule,
  Placement as IPlacement,
  RetainedGraph
} from '../../record/_session';
import type { ITranslate } from '../state';

/** Devices that the heading names. */
const NAMED = 3;
/** Characters of a device's name there. */
const NAME = 20;

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
  const divided = dividedModules(placement);
  if (sum === 0 && offloaded.length + divided.length === 0) {
    return null;
  }
  const where = heldWords(nodes, trans);
  const bound = placement.truncated || retained.some(graph => graph.truncated);
  return (
    <Fold
      name="placement"
      title={trans.__('Placement')}
      open={true}
      summary={
        sum === 0 ? undefined : bound ? trans.__('at least %1', where) : where
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
      {divided.map(module => (
        <p key={module.path} className="jp-Torchprof-muted">
          <Code value={module.path} />{' '}
          {trans.__(
            'is divided among ranks: %1 of %2 parameters are here',
            formatBytes(module.parameter_bytes),
            formatBytes(module.whole_bytes ?? 0)
          )}
        </p>
      ))}
      {sum > 0 && (
        <PlacementTree nodes={nodes} devices={devices} trans={trans} />
      )}
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

/** Those of whose parameters other ranks have the rest. */
function dividedModules({
  modules = [],
  local_modules = []
}: IPlacement): PlacedModule[] {
  return [...modules, ...local_modules]
    .filter(({ whole_bytes }) => typeof whole_bytes === 'number')
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

/** `"324 MiB"`; of several devices each for itself, `"cuda:0 300 MiB · Host 24 MiB"`. */
function heldWords(
  nodes: readonly IPlacementNode[],
  trans: ITranslate
): string {
  const held = new Map<string, number>();
  for (const { device, bytes } of nodes.flatMap(({ shares }) => shares)) {
    const name = nameOf(device, trans);
    held.set(name, (held.get(name) ?? 0) + bytes);
  }
  const told = [...held].filter(([, bytes]) => bytes > 0);
  return told.length < 2
    ? formatBytes(sumOf(nodes))
    : told
        .sort(([, a], [, b]) => b - a)
        .slice(0, NAMED)
        .map(([name, bytes]) => `${isolated(name)} ${formatBytes(bytes)}`)
        .concat(told.length > NAMED ? ['…'] : [])
        .join(' · ');
}

function nameOf(device: string | null, trans: ITranslate): string {
  return device === null
    ? trans.__('unknown')
    : clip(deviceName(device === 'cpu' ? HOST : device, trans), NAME);
}
