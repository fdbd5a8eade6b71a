import * as React from 'react';

import { madeBytes, madeOn } from '../../record/holding';
import { findRun } from '../../record/derive';
import { formatBytes } from '../../record/units';
import { cellLink } from '../places/place-link';
import { CellName } from '../parts/cell-name';
import { Text, clip } from '../parts/text';
import { Way } from '../places/way';
import type { IHolding } from './rows';
import { aliveWords, madeWords } from './words';

/** Runs listed at most. */
const LISTED = 12;

/** What each run made on a device, and what became of it. */
export function MadeRows(props: IHolding & { device: string }): JSX.Element {
  const { session, device, actions, trans } = props;
  const made = madeOn(session, device)
    .sort(
      (a, b) => b.alive_bytes - a.alive_bytes || madeBytes(b) - madeBytes(a)
    )
    .slice(0, LISTED);
  if (made.length === 0) {
    return (
      <p className="jp-Torchprof-muted">
        {trans.__('No cell has made tensors of 1 MiB or more here yet.')}
      </p>
    );
  }
  return (
    <ul className="jp-Torchprof-holders">
      {made.map(one => {
        const record = findRun(session, one.run_id);
        const names = clip((one.names ?? []).slice(0, 3).join(', '), 120);
        const parts = [
          ...aliveWords(one, names, trans),
          ...madeWords(one, trans)
        ];
        return (
          <li
            key={`${one.run_id} ${one.device}`}
            className="jp-Torchprof-holder"
          >
            <span className="jp-Torchprof-holderHead">
              <span className="jp-Torchprof-muted">
                {`[${one.execution_count ?? ' '}]`}
              </span>
              <span className="jp-Torchprof-holderName">
                {record && (
                  <Way
                    link={cellLink(record, actions)}
                    title={trans.__('Go to the cell')}
                  >
                    <CellName record={record} length={80} trans={trans} />
                  </Way>
                )}
              </span>
              <span className="jp-Torchprof-holderBytes">
                {trans.__('made %1', formatBytes(madeBytes(one)))}
              </span>
            </span>
            <span className="jp-Torchprof-holderFacts">
              <Text value={parts.join(' · ')} length={300} />
            </span>
          </li>
        );
      })}
    </ul>
  );
}
