import * as React from 'react';

import { formatBytes, formatDuration, formatPercent } from '../../record/units';
import { shareOfRun, waitedFor, workedOn } from '../../record/waiting';
import { Fold } from '../parts/fold';
import { lineWords } from './line-words';
import { Prose, Text } from '../parts/text';
import type { CellRecord, DataLoading } from '../../record/_session';
import type { ITranslate } from '../state';

/** Rows shown at most. */
const LISTED = 6;
/** From this share of waiting on it is worth a look. */
const OPEN_FROM = 0.1;

/** How long the loops over `DataLoader`s waited for batches, and how long they worked on them. */
export function Loading(props: {
  record: CellRecord;
  trans: ITranslate;
}): JSX.Element | null {
  const { record, trans } = props;
  const loaders = (record.data_loading ?? []).filter(
    ({ batches }) => batches > 0
  );
  const share = shareOfRun(
    loaders.reduce((sum, loader) => sum + waitedFor(loader), 0),
    record
  );
  return loaders.length === 0 ? null : (
    <Fold
      name="loading"
      title={trans.__('Data loading')}
      open={(share ?? 0) >= OPEN_FROM}
      summary={trans.__('%1 of the run waiting', formatPercent(share))}
    >
      <ul className="jp-Torchprof-entries">
        {loaders.slice(0, LISTED).map((loader, index) => (
          <li key={index}>
            <span className="jp-Torchprof-entryHead">
              <Text
                value={loader.variable ?? loader.name ?? loader.dataset}
                length={80}
              />
              <LineNote record={record} event={loader} trans={trans} />
            </span>
            <Waits record={record} loader={loader} trans={trans} />
            <span className="jp-Torchprof-entryDetails">
              <Prose text={loaderDetails(loader, trans)} />
            </span>
          </li>
        ))}
      </ul>
    </Fold>
  );
}

/** Waiting against working, as parts of the run's time, drawn and in words. */
function Waits(props: {
  record: CellRecord;
  loader: DataLoading;
  trans: ITranslate;
}): JSX.Element | null {
  const { record, loader, trans } = props;
  const [waited, worked] = [waitedFor(loader), workedOn(loader)];
  const share = shareOfRun(waited, record);
  const rest = shareOfRun(worked, record);
  if (share === null || rest === null || waited + worked <= 0) {
    return null;
  }
  return (
    <>
      <span className="jp-Torchprof-stack" aria-hidden="true">
        <span data-kind="wait" style={{ width: `${100 * share}%` }} />
        <span
          data-kind="work"
          style={{ width: `${100 * Math.min(rest, 1 - share)}%` }}
        />
      </span>
      <span className="jp-Torchprof-legend">
        <span>
          <span className="jp-Torchprof-swatch" data-kind="wait" />
          {trans.__(
            'waiting for data %1 (%2)',
            formatPercent(share),
            formatDuration(waited)
          )}
        </span>
        <span>
          <span className="jp-Torchprof-swatch" data-kind="work" />
          {trans.__(
            'rest of the loop %1 (%2)',
            formatPercent(rest),
            formatDuration(worked)
          )}
        </span>
      </span>
    </>
  );
}

/** The line where it happened, if that is known. */
function LineNote(props: {
  record: CellRecord;
  event: DataLoading;
  trans: ITranslate;
}): JSX.Element | null {
  const words = lineWords(props.record, props.event, props.trans);
  return words ? <span className="jp-Torchprof-muted">{words}</span> : null;
}

/** What the batches were for, and of how many loaders they are. */
function kindWords(
  { role, loaders }: DataLoading,
  trans: ITranslate
): string[] {
  const words = [];
  if (role === 'training') {
    words.push(trans.__('for training'));
  } else if (role === 'evaluation') {
    words.push(trans.__('for evaluation'));
  }
  if (typeof loaders === 'number' && loaders > 1) {
    words.push(trans._n('%1 loader', '%1 loaders', loaders));
  }
  return words;
}

function loaderDetails(loader: DataLoading, trans: ITranslate): string {
  const details = [
    ...kindWords(loader, trans),
    trans._n('%1 batch', '%1 batches', loader.batches),
    trans._n('%1 worker', '%1 workers', loader.workers)
  ];
  if (loader.batch_bytes) {
    details.push(trans.__('%1 a batch', formatBytes(loader.batch_bytes)));
  }
  if (loader.pin_memory) {
    details.push(trans.__('pinned'));
  }
  if (typeof loader.wait_p95_s === 'number') {
    details.push(
      trans.__('95% of waits below %1', formatDuration(loader.wait_p95_s))
    );
  }
  return details.join(' · ');
}
