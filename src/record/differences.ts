/**
 * The differences between two runs, number by number. What is smaller than the noise of its
 * measurement is called `same`, and what is neither good nor bad in itself has no verdict.
 */
import { HOST, memoryDelta } from './derive';
import type { ITiming, Verdict } from './noise';
import {
  DEVICE_NOISE,
  SAME_TIME,
  SHORT,
  judge,
  judgeTime,
  memoryNoise
} from './noise';
import {
  devicesOf,
  entryOf,
  fileBytes,
  graphBytes,
  minus,
  placedOn,
  sum
} from './quantities';
import { waitedFor } from './waiting';
import type { CellRecord, MemoryEntry } from './_session';

/** What is compared. `start`, `kept`, `peak`, `reserved` and `placed` are of one device. */
export type Metric =
  /** Time of the run, or the median of runs of the same source. */
  | 'time'
  /** Time that the cell waited for `DataLoader`s. */
  | 'wait'
  /** Memory when the run began. */
  | 'start'
  /** What the run left behind: after minus before. */
  | 'kept'
  | 'peak'
  /** Of PyTorch's caching allocator, after the run. */
  | 'reserved'
  /** All that variables reach, after the run. */
  | 'placed'
  /** What graphs keep alive after the run. */
  | 'graphs'
  | 'grad_forwards'
  | 'free_forwards'
  | 'backwards'
  | 'loads'
  | 'loaded'
  /** Bytes of the files that were loaded. */
  | 'read'
  | 'moves'
  | 'moved'
  /** Memory after the run; of a session, after its last. */
  | 'end'
  /** Open advice of a session. */
  | 'advice';

/** One quantity in both runs, in bytes, seconds or as a count; `null` where it was not measured. */
export interface IDifference {
  readonly metric: Metric;
  readonly device: string | null;
  readonly unit: 'bytes' | 's' | 'count';
  readonly before: number | null;
  readonly after: number | null;
  /** The value is a lower bound, from samples. */
  readonly beforeSampled?: boolean;
  readonly afterSampled?: boolean;
  /** `null`: nothing to judge, or it cannot be. */
  readonly verdict: Verdict | null;
}

/** A run, and the times of its source. */
interface ITimedRun {
  readonly record: CellRecord;
  readonly timing: ITiming;
}

/** Every number of two runs that either has. */
export function runDifferences(
  before: ITimedRun,
  after: ITimedRun
): IDifference[] {
  return [
    ...timeDifferences(before, after),
    ...memoryDifferences(before.record, after.record),
    ...workDifferences(before.record, after.record)
  ].filter(({ before, after }) => before !== null || after !== null);
}

function timeDifferences(before: ITimedRun, after: ITimedRun): IDifference[] {
  const [one, other] = [before.timing, after.timing];
  const waits = [before, after].map(({ record: { data_loading = [] } }) =>
    data_loading.length > 0 ? sum(data_loading, waitedFor) : null
  );
  const complete =
    before.record.status === 'ok' &&
    after.record.status === 'ok' &&
    // To record in depth takes time.
    Boolean(before.record.deep) === Boolean(after.record.deep);
  return [
    {
      metric: 'time',
      device: null,
      unit: 's',
      before: one.median,
      after: other.median,
      verdict: complete ? judgeTime(one, other) : null
    },
    {
      metric: 'wait',
      device: null,
      unit: 's',
      before: waits[0],
      after: waits[1],
      verdict: complete
        ? judge(
            minus(waits[1], waits[0]),
            Math.max(SHORT, SAME_TIME * (waits[0] ?? 0))
          )
        : null
    }
  ];
}

function memoryDifferences(
  before: CellRecord,
  after: CellRecord
): IDifference[] {
  return devicesOf(before, after).flatMap(device => [
    ...entryDifferences(
      device,
      entryOf(before, device),
      entryOf(after, device)
    ).map(difference =>
      // What is recorded in depth lies in the process's memory, too.
      device === HOST && Boolean(before.deep) !== Boolean(after.deep)
        ? { ...difference, verdict: null }
        : difference
    ),
    {
      metric: 'placed' as const,
      device,
      unit: 'bytes' as const,
      before: placedOn(before, device),
      after: placedOn(after, device),
      verdict: null
    }
  ]);
}

function entryDifferences(
  device: string,
  before: MemoryEntry | null,
  after: MemoryEntry | null
): IDifference[] {
  const of = (
    metric: Metric,
    value: (entry: MemoryEntry) => number | null | undefined
  ) => ({
    metric,
    device,
    unit: 'bytes' as const,
    before: (before && value(before)) ?? null,
    after: (after && value(after)) ?? null,
    verdict: null
  });
  const noise = memoryNoise(device, before, after);
  const start = of('start', entry => entry.allocated_before_bytes);
  const kept = of('kept', memoryDelta);
  const end = of('end', entry => entry.allocated_after_bytes);
  const peak = of('peak', entry => entry.peak_bytes);
  const rise = of(
    'peak',
    entry => entry.peak_bytes - entry.allocated_before_bytes
  );
  const verdict = (difference: IDifference) => judge(change(difference), noise);
  const isApart = Math.abs(change(start) ?? 0) > noise;
  // A run that began with more peaks higher, and may free what its last run had left: levels and
  // what the run itself did to them must agree.
  const agreed = (one: IDifference, other: IDifference) =>
    isApart && verdict(one) !== verdict(other) ? null : verdict(one);
  return [
    ...(isApart ? [start] : []),
    { ...kept, verdict: agreed(kept, end) },
    ...(isApart ? [end] : []),
    {
      ...peak,
      beforeSampled: before?.peak_is === 'sampled',
      afterSampled: after?.peak_is === 'sampled',
      verdict: agreed(peak, rise)
    },
    of('reserved', entry => entry.reserved_after_bytes)
  ];
}

function workDifferences(before: CellRecord, after: CellRecord): IDifference[] {
  const of = (
    metric: Metric,
    unit: IDifference['unit'],
    value: (record: CellRecord) => number | null | undefined,
    noise?: number
  ): IDifference => {
    const values = [value(before) ?? null, value(after) ?? null];
    return {
      metric,
      device: null,
      unit,
      before: values[0],
      after: values[1],
      verdict:
        noise === undefined ? null : judge(minus(values[1], values[0]), noise)
    };
  };
  const forwards = ({ grad }: CellRecord, recorded: boolean) =>
    grad &&
    sum(
      (grad.forwards ?? []).filter(({ grad }) => grad === recorded),
      ({ calls }) => calls
    );
  return [
    of('graphs', 'bytes', graphBytes, DEVICE_NOISE),
    of('grad_forwards', 'count', record => forwards(record, true)),
    of('free_forwards', 'count', record => forwards(record, false)),
    of('backwards', 'count', ({ grad }) => grad && (grad.backwards ?? 0)),
    of('loads', 'count', ({ loads = [] }) => loads.length),
    of('loaded', 's', ({ loads = [] }) => sum(loads, load => load.duration_s)),
    of('read', 'bytes', ({ loads = [] }) => fileBytes(loads)),
    of('moves', 'count', ({ moves = [] }) => moves.length),
    of('moved', 'bytes', ({ moves = [] }) =>
      sum(moves, move => move.moved_bytes)
    )
  ].filter(({ before, after }) => Boolean(before) || Boolean(after));
}

function change({ before, after }: IDifference): number | null {
  return minus(after, before);
}
