import * as React from 'react';

import { formatBytes } from '../../record/units';
import { nameWords, nowWords, stallWords } from './ranks-words';
import type { RankNow } from '../../record/_session';
import type { IRunning, ITranslate } from '../state';

/** What the processes do that the running cell has started; nothing if there is none. */
export function RanksRunning(props: {
  running: IRunning | null;
  trans: ITranslate;
}): JSX.Element | null {
  const { running, trans } = props;
  const samples = running?.samples ?? [];
  const now = samples[samples.length - 1]?.ranks ?? [];
  const stall = stallWords(now, trans);
  return now.length === 0 ? null : (
    <div className="jp-Torchprof-ranksRunning">
      <p>{nowWords(now, trans)}</p>
      {stall && <p className="jp-Torchprof-warning">{stall}</p>}
      <table className="jp-Torchprof-table">
        <thead className="jp-Torchprof-visuallyHidden">
          <tr>
            <th scope="col">{trans.__('Rank')}</th>
            <th scope="col">{trans.__('Steps')}</th>
            <th scope="col">{trans.__('Memory')}</th>
          </tr>
        </thead>
        <tbody>
          {now.map(one => (
            <tr key={one.rank}>
              <th scope="row">{nameWords(one, trans)}</th>
              <td>
                {one.ended
                  ? trans.__('ended')
                  : trans._n(
                      '%1 step',
                      '%1 steps',
                      Math.max(one.steps, one.backwards)
                    )}
              </td>
              <td>{formatBytes(memoryOf(one))}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** Of accelerators together, where it has any; else of the host. */
function memoryOf({ devices = {}, host_bytes }: RankNow): number {
  const held = Object.values(devices).reduce((sum, bytes) => sum + bytes, 0);
  return held > 0 ? held : host_bytes;
}
