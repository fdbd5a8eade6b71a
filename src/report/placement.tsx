import * as React from 'react';

import { Placement } from '../views/placement';
import { runLabel } from '../views/run-label';
import type { CellRecord, RetainedGraph, Session } from '../record/_session';
import type { ITranslate } from '../views/state';
import { deviceOrder } from '../views/usage';
import { lastPlaced } from './chapters';
import { ReportPart } from './part';

/** One array, so that the chart is not drawn again for want of another. */
const NO_GRAPHS: readonly RetainedGraph[] = [];

/** Where the tensors are that the variables hold at the end of the session. */
export function PlacementPart(props: {
  session: Session;
  anchors: ReadonlyMap<CellRecord, string>;
  trans: ITranslate;
}): JSX.Element | null {
  const { session, anchors, trans } = props;
  const record = React.useMemo(() => lastPlaced(session), [session]);
  const devices = React.useMemo(() => deviceOrder(session), [session]);
  return !record?.placement ? null : (
    <ReportPart id="placement" title={trans.__('Placement')} trans={trans}>
      <p className="jp-Torchprof-muted">
        {trans.__('What the variables held at the end, after')}{' '}
        <a href={`#${anchors.get(record) ?? 'cells'}`}>
          {trans.__('cell %1', runLabel(record))}
        </a>
      </p>
      <Placement
        placement={record.placement}
        retained={record.grad?.retained ?? NO_GRAPHS}
        devices={devices}
        trans={trans}
      />
    </ReportPart>
  );
}
