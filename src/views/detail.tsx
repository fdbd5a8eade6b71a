import * as React from 'react';

import { openAdvice } from '../record/derive';
import { formatDuration, formatPercent } from '../record/units';
import { AdviceCard } from './advice';
import { Autograd } from './grad';
import { WarningIcon } from './icons';
import { Lines } from './lines';
import { Memory } from './memory';
import { Placement } from './placement';
import { Prose, Text } from './text';
import { Timeline } from '../charts/timeline';
import { Part } from './section';
import { Loads, Moves } from './transfers';
import { Verdicts } from './verification';
import type { CellRecord, RetainedGraph, Session } from '../record/_session';
import type { ITranslate, IViewActions } from './state';
import { deviceOrder } from './usage';

/** One array, so that the chart is not drawn again for want of another. */
const NO_GRAPHS: readonly RetainedGraph[] = [];
/** Samples that make a line worth drawing. */
const DRAWN_FROM = 3;
/** Pixels. */
const TIMELINE_HEIGHT = 110;

/**
 * Everything that the record says of one run: what went wrong and what to do first, then where
 * memory and time went. Parts without anything to say are left out.
 */
export const RunDetail = React.memo(Detail);

function Detail(props: {
  session: Session;
  record: CellRecord;
  /** The cell's source was edited since, or the cell is gone. */
  stale: boolean;
  actions: IViewActions;
  trans: ITranslate;
}): JSX.Element {
  const { session, record, stale, actions, trans } = props;
  const devices = React.useMemo(() => deviceOrder(session), [session]);
  const sourceOf = (hash: string) =>
    (session.cells ?? []).find(other => other.source_hash === hash)?.source ??
    null;
  const samples = record.samples ?? [];
  return (
    <div className="jp-Torchprof-detail">
      <Failure record={record} trans={trans} />
      <Verdicts record={record} trans={trans} />
      {openAdvice(record).map((advice, index) => (
        <AdviceCard
          key={`${advice.rule} ${index}`}
          record={record}
          advice={advice}
          stale={stale}
          sourceOf={sourceOf}
          actions={actions}
          trans={trans}
        />
      ))}
      <Memory memory={record.memory ?? []} trans={trans} />
      {samples.length >= DRAWN_FROM && (
        <Part title={trans.__('Change over time')}>
          <Timeline
            samples={samples}
            devices={devices}
            height={TIMELINE_HEIGHT}
            trans={trans}
          />
        </Part>
      )}
      {record.grad && <Autograd grad={record.grad} trans={trans} />}
      {record.placement && (
        <Placement
          placement={record.placement}
          retained={record.grad?.retained ?? NO_GRAPHS}
          devices={devices}
          trans={trans}
        />
      )}
      <Loads loads={record.loads ?? []} trans={trans} />
      <Moves moves={record.moves ?? []} trans={trans} />
      <Lines lines={record.lines ?? []} source={record.source} trans={trans} />
      <Overhead record={record} trans={trans} />
    </div>
  );
}

function Failure(props: {
  record: CellRecord;
  trans: ITranslate;
}): JSX.Element | null {
  const { record, trans } = props;
  if (record.status === 'ok') {
    return null;
  }
  const { error } = record;
  return (
    <p className="jp-Torchprof-failure">
      <WarningIcon />
      <span>
        <strong>
          {record.status === 'interrupted' ? (
            trans.__('Interrupted')
          ) : (
            <Text value={error?.name ?? trans.__('Failed')} />
          )}
        </strong>
        {typeof error?.line === 'number' &&
          ` ${trans.__('on line %1', error.line)}`}
        {error?.message && record.status === 'error' && (
          <>
            {': '}
            <Prose text={error.message} length={1000} />
          </>
        )}
      </span>
    </p>
  );
}

function Overhead(props: {
  record: CellRecord;
  trans: ITranslate;
}): JSX.Element | null {
  const { overhead_s, duration_s } = props.record;
  return typeof overhead_s !== 'number' ? null : (
    <p className="jp-Torchprof-overhead jp-Torchprof-muted">
      {props.trans.__(
        'Measuring this took %1 (%2 of the cell).',
        formatDuration(overhead_s),
        formatPercent(duration_s > 0 ? overhead_s / duration_s : null)
      )}
    </p>
  );
}
