/** How the cells of two sessions are listed. */
import type { IPairComparison } from '../../record/compare-sessions';
import { mainMemory } from '../../record/derive';
import { byDevice } from '../parts/by-device';
import type { IDifference, Metric } from '../../record/differences';

/** How the list is ordered; `memory`: one device after the other. */
export type PairOrder = 'notebook' | 'time' | 'memory';

/** A cell of both sessions, with what the list shows of it. */
export interface IPairRow {
  readonly pair: IPairComparison;
  readonly time: IDifference | null;
  /** The device that the work is on; `null`: nobody knows of any. */
  readonly device: string | null;
  /** Of that device. */
  readonly kept: IDifference | null;
  readonly peak: IDifference | null;
  readonly isEdited: boolean;
}

/** The first cells as they stand in the notebook, or by the size of their difference. */
export function pairRows(
  pairs: readonly IPairComparison[],
  order: PairOrder,
  count: number
): IPairRow[] {
  if (order === 'notebook') {
    return pairs.slice(0, count).map(rowOf);
  }
  const rows = pairs.map(rowOf);
  const rank =
    order === 'time'
      ? (row: IPairRow) => size(row.time)
      : byDevice(rows, ({ device }) => device, memory);
  return rows.sort((a, b) => rank(b) - rank(a)).slice(0, count);
}

function rowOf(pair: IPairComparison): IPairRow {
  const { before, after, comparison } = pair;
  const device = (mainMemory(after) ?? mainMemory(before))?.device ?? null;
  const find = (metric: Metric, where: string | null) =>
    comparison.differences.find(
      difference => difference.metric === metric && difference.device === where
    ) ?? null;
  return {
    pair,
    device,
    time: find('time', null),
    kept: find('kept', device),
    peak: find('peak', device),
    isEdited: before.source_hash !== after.source_hash
  };
}

function memory({ kept, peak }: IPairRow): number {
  return Math.max(size(kept), size(peak));
}

/** What is noise sorts below what is not. */
function size(difference: IDifference | null): number {
  const { before, after, verdict } = difference ?? {};
  if (typeof before !== 'number' || typeof after !== 'number') {
    return -1;
  }
  return verdict === 'same' ? 0 : Math.abs(after - before);
}
