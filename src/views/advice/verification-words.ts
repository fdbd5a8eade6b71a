/** Predicted against measured, in words. */
import { formatDuration, formatQuantityDelta } from '../../record/units';
import type { CellRecord, Verification } from '../../record/_session';
import type { ITranslate } from '../state';

/** Differences in time below this share are noise. */
const SAME_TIME = 0.05;

/** The verdict of one fix, and the sentence that says why. */
export interface IVerdict {
  readonly rule: string;
  /** Of what was promised; `null` if nothing was. */
  readonly better: boolean | null;
  readonly words: string;
}

/** One verdict per rule whose fix this run puts to the test, also where it made things worse. */
export function verdicts(record: CellRecord, trans: ITranslate): IVerdict[] {
  const byRule = new Map<string, Verification[]>();
  for (const verification of record.verification ?? []) {
    if (verification.device === 'host' && verification.predicted === null) {
      // Freed memory mostly stays with the process: nothing was promised, and nothing is proven.
      continue;
    }
    byRule.set(verification.rule, [
      ...(byRule.get(verification.rule) ?? []),
      verification
    ]);
  }
  return [...byRule].map(([rule, entries]) => ({
    rule,
    better: isBetter(entries),
    words: entries.map(entry => entryWords(entry, record, trans)).join('; ')
  }));
}

function isBetter(entries: readonly Verification[]): boolean | null {
  const promised = entries.filter(entry => entry.predicted !== null);
  // The process's memory also moves with what its allocator keeps of other cells: it is shown, but
  // it only decides where there is nothing better.
  const sure = promised.filter(entry => entry.device !== 'host');
  const judged = sure.length > 0 ? sure : promised;
  return judged.length === 0 ? null : judged.every(entry => entry.measured < 0);
}

function entryWords(
  entry: Verification,
  record: CellRecord,
  trans: ITranslate
): string {
  if (entry.metric === 'duration_s' && entry.predicted === null) {
    return timeWords(
      record.duration_s,
      record.duration_s - entry.measured,
      trans
    );
  }
  const where = entry.device
    ? trans.__('%1 on %2', metricName(entry.metric, trans), entry.device)
    : metricName(entry.metric, trans);
  const measured = formatQuantityDelta(entry.measured, entry.unit);
  return entry.predicted === null
    ? trans.__('%1: measured %2', where, measured)
    : trans.__(
        '%1: predicted %2, measured %3',
        where,
        formatQuantityDelta(entry.predicted, entry.unit),
        measured
      );
}

/** How two times compare: `"1.2× faster"`. Seconds. */
export function timeWords(
  now: number,
  before: number,
  trans: ITranslate
): string {
  if (!(now > 0 && before > 0) || Math.abs(now / before - 1) < SAME_TIME) {
    return trans.__('same time (%1)', formatDuration(now));
  }
  const ratio = Math.max(now / before, before / now);
  const times = ratio < 10 ? ratio.toFixed(1) : ratio.toFixed(0);
  return now < before
    ? trans.__('%1× faster', times)
    : trans.__('%1× slower', times);
}

/** The record's name of a metric as people say it. */
export function metricName(metric: string, trans: ITranslate): string {
  switch (metric) {
    case 'graph_bytes':
      return trans.__('Memory kept by graphs');
    case 'peak_bytes':
      return trans.__('Peak memory');
    case 'allocated_after_bytes':
      return trans.__('Memory after the cell');
    case 'duration_s':
      return trans.__('Time');
    default:
      return metric;
  }
}
