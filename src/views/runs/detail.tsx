import * as React from 'react';

import type { ISilenced } from '../../record/derive';
import { NOTHING_SILENCED } from '../../record/derive';
import { formatDuration, formatPercent } from '../../record/units';
import { AdviceList } from '../advice/advice-list';
import { Failure } from './failure';
import { Fold } from '../parts/fold';
import { Autograd } from './grad';
import { Holders } from './holders';
import { KeepFocus } from '../parts/keep-focus';
import { Memory } from './memory';
import { PostMortem } from './out-of-memory';
import { Placement } from '../placement/placement';
import { Timeline } from '../../charts/timeline';
import { Optimizers } from './optimizers';
import { Loading } from './training';
import { Ranks } from '../ranks/ranks';
import { Loads } from './loads';
import { Copies, Moves } from './transfers';
import { Verdicts } from '../advice/verification';
import { Warnings } from './warnings';
import { WhereMemory } from '../places/where-memory';
import { Deep } from '../deep/deep';
import { WhereTime } from '../places/where-time';
import type { CellRecord, RetainedGraph, Session } from '../../record/_session';
import type { ActionStates, Gone, ITranslate, IViewActions } from '../state';
import { deviceOrder } from '../parts/usage';

/** One array, so that the chart is not drawn again for want of another. */
const NO_GRAPHS: readonly RetainedGraph[] = [];
const NO_STATES: ActionStates = new Map();
const NONE: ReadonlySet<string> = new Set();
/** Of a shorter cell the share that measuring took says nothing. Seconds. */
const SHORT = 0.1;
/** Samples that make a line worth drawing. */
const DRAWN_FROM = 3;
/** Pixels. */
const TIMELINE_HEIGHT = 110;

/**
 * Everything that the record says of one run: what went wrong and what to do first, then where
 * time and memory went, then what only some ask for, folded. Parts without anything to say are
 * left out.
 */
export const RunDetail = React.memo(Detail);

function Detail(props: {
  session: Session;
  record: CellRecord;
  /** `run_id`s whose cell's source was edited since, or whose cell is gone. Absent: none. */
  stale?: ReadonlySet<string>;
  /** Of these runs those whose cell is gone. Absent: none. */
  gone?: ReadonlyMap<string, Gone>;
  /** Advice whose fix is in the cells and has not run yet, by `adviceKey`. Absent: none. */
  applied?: ReadonlySet<string>;
  /** Advice that is not to be heard. Absent: none. */
  silenced?: ISilenced;
  /** What came of actions. Absent: none was asked for. */
  states?: ActionStates;
  /** A cell is running. */
  busy?: boolean;
  /** It is a part of a run, a process that it started: advice is the whole's. Absent: it is not. */
  isPart?: boolean;
  /** What can be done with the run; it stands after what went wrong. */
  tools?: React.ReactNode;
  actions: IViewActions;
  trans: ITranslate;
}): JSX.Element {
  const { session, record, actions, trans } = props;
  const devices = React.useMemo(() => deviceOrder(session), [session]);
  const samples = record.samples ?? [];
  return (
    <div className="jp-Torchprof-detail">
      <Failure
        session={session}
        record={record}
        stale={props.stale ?? NONE}
        actions={actions}
        trans={trans}
      />
      {/* Heard when the cell has run again. */}
      <div role={actions.run && 'status'}>
        <Verdicts record={record} trans={trans} />
      </div>
      {props.tools}
      {record.out_of_memory && (
        <PostMortem
          session={session}
          record={record}
          outOfMemory={record.out_of_memory}
          states={props.states}
          actions={actions}
          trans={trans}
        />
      )}
      {!props.isPart && (
        // What had the focus goes when the cell has run again.
        <KeepFocus>
          <AdviceList
            key={record.run_id}
            session={session}
            record={record}
            stale={props.stale ?? NONE}
            gone={props.gone}
            applied={props.applied}
            silenced={props.silenced ?? NOTHING_SILENCED}
            states={props.states ?? NO_STATES}
            busy={props.busy ?? false}
            actions={actions}
            trans={trans}
          />
        </KeepFocus>
      )}
      <Ranks
        key={`ranks ${record.run_id}`}
        record={record}
        devices={devices}
        detail={rank => (
          <RunDetail
            session={session}
            record={rank}
            isPart={true}
            actions={linksOf(actions)}
            trans={trans}
          />
        )}
        trans={trans}
      />
      <Deep
        key={`deep ${record.run_id}`}
        session={session}
        record={record}
        stale={props.stale ?? NONE}
        actions={actions}
        trans={trans}
      />
      <WhereTime
        key={`time ${record.run_id}`}
        session={session}
        record={record}
        stale={props.stale ?? NONE}
        actions={actions}
        trans={trans}
      />
      <Memory memory={record.memory ?? []} trans={trans} />
      <WhereMemory
        key={`growth ${record.run_id}`}
        session={session}
        record={record}
        stale={props.stale ?? NONE}
        actions={actions}
        trans={trans}
      />
      <Loading record={record} trans={trans} />
      <Autograd record={record} trans={trans} />
      {record.placement && (
        <Placement
          placement={record.placement}
          retained={record.grad?.retained ?? NO_GRAPHS}
          devices={devices}
          trans={trans}
        />
      )}
      <Holders holders={record.holders ?? []} trans={trans} />
      {samples.length >= DRAWN_FROM && (
        <Fold
          name="samples"
          title={trans.__('Change over time')}
          summary={trans._n('%1 sample', '%1 samples', samples.length)}
        >
          <Timeline
            record={record}
            devices={devices}
            height={TIMELINE_HEIGHT}
            trans={trans}
          />
        </Fold>
      )}
      <Loads record={record} trans={trans} />
      <Moves record={record} trans={trans} />
      <Copies record={record} trans={trans} />
      <Optimizers record={record} trans={trans} />
      <Warnings record={record} trans={trans} />
      <Overhead record={record} trans={trans} />
    </div>
  );
}

/** What can be done with a process of a run: go to where its code stands. */
function linksOf({ goToLine, openerOf, hrefOf }: IViewActions): IViewActions {
  return { goToLine, openerOf, hrefOf };
}

function Overhead(props: {
  record: CellRecord;
  trans: ITranslate;
}): JSX.Element | null {
  const { overhead_s, duration_s } = props.record;
  return typeof overhead_s !== 'number' ? null : (
    <p className="jp-Torchprof-overhead jp-Torchprof-muted">
      {duration_s >= SHORT
        ? props.trans.__(
            'Measuring this took %1 (%2 of the cell).',
            formatDuration(overhead_s),
            formatPercent(overhead_s / duration_s)
          )
        : props.trans.__('Measuring this took %1.', formatDuration(overhead_s))}
    </p>
  );
}
