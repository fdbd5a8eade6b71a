import * as React from 'react';

import { mainMemory } from '../../record/derive';
import { formatBytes, formatDuration } from '../../record/units';
import { clip } from '../parts/text';
import { exitWords, lastWords, nameWords } from './ranks-words';
import type { RankRun } from '../../record/_session';
import type { ITranslate } from '../state';

/** One row for each process: how long it took, its peak, its steps, how late it came. */
export function RankTable(props: {
  ranks: readonly RankRun[];
  /** The one that is shown below; `null`: none. */
  chosen: RankRun | null;
  /** A row was chosen; `null`: no longer. */
  onChoose: (run: RankRun | null) => void;
  trans: ITranslate;
}): JSX.Element {
  const { ranks, chosen, onChoose, trans } = props;
  const hasLateness = ranks.some(({ lateness }) => lateness);
  return (
    <table className="jp-Torchprof-table jp-Torchprof-rankTable">
      <thead>
        <tr>
          <th scope="col">
            <span className="jp-Torchprof-visuallyHidden">
              {trans.__('Rank')}
            </span>
          </th>
          <th scope="col">{trans.__('Time')}</th>
          <th scope="col">{trans.__('Peak')}</th>
          <th scope="col" className="jp-mod-count">
            {trans.__('Steps')}
          </th>
          {hasLateness && (
            <th
              scope="col"
              title={trans.__(
                'Arrival at collectives after the median of the other ranks'
              )}
            >
              {trans.__('Late by')}
            </th>
          )}
        </tr>
      </thead>
      <tbody>
        {ranks.map(run => {
          const { record, lateness, exit } = run;
          const peak = mainMemory(record);
          const isChosen = run === chosen;
          const last = exit === 'ok' ? '' : lastWords(run, trans);
          return (
            <tr key={record.run_id} data-chosen={isChosen}>
              <th scope="row">
                <button
                  type="button"
                  className="jp-Torchprof-link"
                  aria-expanded={isChosen}
                  onClick={() => onChoose(isChosen ? null : run)}
                >
                  {nameWords(run, trans)}
                </button>
                {exit !== 'ok' && (
                  <span className="jp-Torchprof-notable">
                    {' '}
                    {exitWords(exit, trans)}
                  </span>
                )}
                {last && <span className="jp-Torchprof-rankLast">{last}</span>}
              </th>
              <td>{formatDuration(record.duration_s)}</td>
              <td title={peak ? clip(peak.device, 40) : undefined}>
                {peak ? formatBytes(peak.peak_bytes) : ''}
              </td>
              <td className="jp-mod-count">
                {record.grad?.optimizer_steps ?? ''}
              </td>
              {hasLateness && (
                <td>
                  {lateness
                    ? formatDuration(Math.max(0, lateness.median_s))
                    : ''}
                </td>
              )}
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}
