import * as React from 'react';

import { Roofline } from '../../charts/roofline';
import { hasRoofs, roofPoints, stepShare } from '../../record/roofline';
import type { IRoofPoint } from '../../record/roofline';
import {
  formatBytes,
  formatDuration,
  formatFlops,
  formatPercent
} from '../../record/units';
import { Fold } from '../parts/fold';
import { ListedTable } from '../parts/listed-table';
import { Text, clip } from '../parts/text';
import { LineWay } from './line-way';
import type { ITables } from './tables';
import type { DeepProfile, DeepRoof } from '../../record/_session';
import type { ITranslate } from '../state';

/** What the lines reach of what their device does at best, which is measured on a click. */
export function Roofs(props: ITables): JSX.Element | null {
  const { deep, context, actions, trans } = props;
  const roofs = React.useMemo(() => deep.roofs ?? [], [deep]);
  const points = React.useMemo(() => roofPoints(deep), [deep]);
  const canMeasure = actions.measureRoofs !== undefined && hasRoofs(deep);
  if (roofs.length === 0 && !canMeasure) {
    return null;
  }
  const best = points[0];
  return (
    <Fold
      name="deep roofs"
      title={trans.__('Roofline')}
      summary={best ? formatPercent(best.share) : undefined}
    >
      {roofs.length > 0 && (
        <ul className="jp-Torchprof-roofs">
          {roofs.map((roof, index) => (
            <li key={index}>
              <Text value={roofWords(deep, roof, trans)} length={300} />
            </li>
          ))}
        </ul>
      )}
      {canMeasure && <Measure {...props} isAgain={roofs.length > 0} />}
      {roofs.some(({ device }) => device !== 'cpu') && (
        <p className="jp-Torchprof-note">
          {trans.__(
            'Of lines on an accelerator nothing is told: the times are those of the host, which asks for work and goes on.'
          )}
        </p>
      )}
      {points.some(({ share }) => share > 1) && (
        <p className="jp-Torchprof-note">
          {trans.__(
            'More than 100%: what the line worked on was in the caches, and the copy is larger than these.'
          )}
        </p>
      )}
      <Roofline
        roofs={roofs}
        points={points}
        context={context}
        actions={actions}
      />
      <Points {...props} points={points} />
    </Fold>
  );
}

/** `"cpu, float32, 2 threads: 69 ± 5 GFLOP/s, 12 ± 1 GiB/s"`. */
function roofWords(
  deep: DeepProfile,
  roof: DeepRoof,
  trans: ITranslate
): string {
  const share = stepShare(deep, roof);
  const said = [
    trans.__(
      '%1 ± %2 a second',
      formatFlops(roof.flops_per_s),
      formatFlops(roof.flops_spread)
    ),
    trans.__(
      '%1 ± %2 a second',
      formatBytes(roof.bytes_per_s),
      formatBytes(roof.bytes_spread)
    )
  ].join(', ');
  const where = roof.threads
    ? trans._n(
        '%2, %3, %1 thread',
        '%2, %3, %1 threads',
        roof.threads,
        clip(roof.device, 40),
        clip(roof.dtype, 20)
      )
    : trans.__('%1, %2', clip(roof.device, 40), clip(roof.dtype, 20));
  return share === null
    ? trans.__('%1: %2', where, said)
    : trans.__(
        '%1: %2. The steps reach %3 of its operations.',
        where,
        said,
        formatPercent(share)
      );
}

function Measure(props: ITables & { isAgain: boolean }): JSX.Element {
  const { context, actions, trans, isAgain } = props;
  const [state, setState] = React.useState<'' | 'waiting' | { said: string }>(
    ''
  );
  const isWaiting = state === 'waiting';
  return (
    <p className="jp-Torchprof-deepTrace">
      <button
        type="button"
        className="jp-Torchprof-button"
        aria-disabled={isWaiting}
        onClick={() => {
          if (!isWaiting) {
            setState('waiting');
            void actions
              .measureRoofs?.(context.record)
              .then(said => setState(said === null ? '' : { said }));
          }
        }}
      >
        {isAgain ? trans.__('Measure again') : trans.__('Measure the roof')}
      </button>
      <span className="jp-Torchprof-muted" role="status">
        {typeof state === 'object' ? (
          <Text value={state.said} length={300} />
        ) : isWaiting ? (
          trans.__('measuring, once the kernel is idle')
        ) : (
          trans.__(
            'Times a product of matrices and a copy in the kernel, a tenth of a second for each device and type.'
          )
        )}
      </span>
    </p>
  );
}

function Points(
  props: ITables & { points: readonly IRoofPoint[] }
): JSX.Element | null {
  const { context, points, trans } = props;
  const places = context.record.places ?? [];
  return (
    <ListedTable<IRoofPoint>
      name="deep roof lines"
      title={trans.__('Lines and the roof')}
      summary={trans.__('of the time that they took')}
      headings={[
        trans.__('Of the roof'),
        trans.__('Limit'),
        trans.__('A second'),
        trans.__('Time')
      ]}
      entries={points.filter(({ line }) => places[line.place])}
      trans={trans}
      row={({ line, share, bound, rate, traffic, seconds }, index) => (
        <tbody key={index}>
          <tr>
            <th scope="rowgroup" colSpan={4}>
              <LineWay {...props} node={{ place: places[line.place] }} />
            </th>
          </tr>
          <tr>
            <td>{formatPercent(share)}</td>
            <td>
              {bound === 'operations'
                ? trans.__('operations')
                : trans.__('memory')}
            </td>
            <td>
              {bound === 'operations'
                ? formatFlops(rate)
                : formatBytes(traffic)}
            </td>
            <td>{formatDuration(seconds)}</td>
          </tr>
        </tbody>
      )}
    />
  );
}
