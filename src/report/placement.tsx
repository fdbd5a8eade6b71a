import * as React from 'react';

import { devicesNow } from '../record/holding';
import { formatBytes } from '../record/units';
import { HolderRows } from '../views/holding/rows';
import { HoldingBar, apart } from '../views/holding/section';
import { Placement } from '../views/placement/placement';
import { runLabel } from '../views/parts/run-label';
import { clip } from '../views/parts/text';
import type { CellRecord, RetainedGraph, Session } from '../record/_session';
import type { ITranslate } from '../views/state';
import { Part } from '../views/parts/section';
import { deviceHue, deviceName, deviceOrder } from '../views/parts/usage';
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
      <MemoryAtEnd session={session} anchors={anchors} trans={trans} />
      <Placement
        placement={record.placement}
        retained={record.grad?.retained ?? NO_GRAPHS}
        devices={devices}
        trans={trans}
      />
    </ReportPart>
  );
}

/** What held the memory of each device at the end of the session. */
function MemoryAtEnd(props: {
  session: Session;
  anchors: ReadonlyMap<CellRecord, string>;
  trans: ITranslate;
}): JSX.Element {
  const { session, anchors, trans } = props;
  const actions = React.useMemo(
    () => ({ hrefOf: (record: CellRecord) => `#${anchors.get(record) ?? ''}` }),
    [anchors]
  );
  return (
    <>
      {devicesNow(session)
        .filter(({ holders = [] }) => holders.some(({ name }) => name))
        .map(memory => (
          <Part
            key={memory.device}
            title={trans.__(
              'What held the memory of %1',
              clip(deviceName(memory.device, trans), 60)
            )}
            summary={formatBytes(memory.used_bytes)}
          >
            <div data-device={deviceHue(memory.device, deviceOrder(session))}>
              <HoldingBar memory={memory} trans={trans} />
              <HolderRows
                session={session}
                {...apart(memory.holders ?? [])}
                actions={actions}
                trans={trans}
              />
            </div>
          </Part>
        ))}
    </>
  );
}
