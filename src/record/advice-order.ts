/**
 * The one order in which advice is told: in a record, and where several cells are told together.
 * `advice_order.py` is the twin in the kernel; one fixture holds both to the same. Pure.
 */
import type { ISilenced } from './derive';
import { NOTHING_SILENCED, latestRuns, openAdvice } from './derive';
import { sum } from './quantities';
import type { Advice, CellRecord, Session } from './_session';

/** One advice and the run that proves it. */
export interface IFinding {
  readonly record: CellRecord;
  readonly advice: Advice;
}

/** What following advice would save, positive, in the unit of its prediction. */
export interface ISaving {
  readonly value: number;
  readonly unit: 'bytes' | 's';
}

/** The same advice on one cell or several. */
export interface IAdviceGroup {
  /** Stays the same when its cells run again. */
  readonly key: string;
  /** In the order of `compareAdvice`; never empty. */
  readonly findings: readonly IFinding[];
  /** Of all of them; `null` where nothing is predicted. */
  readonly saving: ISaving | null;
}

const RANK: readonly Advice['severity'][] = ['high', 'medium', 'low', 'info'];
/** Numbers with their units in a sentence. */
const NUMBER =
  /\d[\d.,]*(?:\s?(?:[KMGTP]i?B|B|ms|s|min|h|%|×)(?![\p{L}\p{N}]))?/gu;

/**
 * Compares by severity, then by the memory that is saved, then by the time.
 *
 * The severity is how a rule has weighed what is at stake. Bytes and seconds are never compared:
 * what saves memory comes before what saves time, and what predicts nothing last. Among equals the
 * order stays as it was: that of the rules, and of the cells.
 */
export function compareAdvice(a: Advice, b: Advice): number {
  const [before, after] = [orderOf(a), orderOf(b)];
  const at = before.findIndex((value, index) => value !== after[index]);
  return at < 0 ? 0 : before[at] - after[at];
}

/** The open advice of several runs, with the run that each is of. */
export function orderedAdvice(
  records: readonly CellRecord[],
  silenced: ISilenced = NOTHING_SILENCED
): IFinding[] {
  return records
    .flatMap(record =>
      openAdvice(record, silenced).map(advice => ({ record, advice }))
    )
    .sort((a, b) => compareAdvice(a.advice, b.advice));
}

/** The open advice of the latest run of each cell in this order, the same advice together. */
export function adviceGroups(
  session: Session,
  silenced: ISilenced = NOTHING_SILENCED
): IAdviceGroup[] {
  const groups = new Map<string, IFinding[]>();
  for (const finding of orderedAdvice(latestRuns(session), silenced)) {
    const key = groupKey(finding.advice);
    const group = groups.get(key);
    if (group) {
      group.push(finding);
    } else {
      groups.set(key, [finding]);
    }
  }
  return [...groups].map(([key, findings]) => ({
    key,
    findings,
    saving: groupSaving(findings)
  }));
}

/** What following this advice would save; `null` where nothing is predicted. */
export function savingOf({ prediction }: Advice): ISaving | null {
  return prediction
    ? { value: prediction.before - prediction.after, unit: prediction.unit }
    : null;
}

/** What is least comes first. */
function orderOf(advice: Advice): readonly number[] {
  const rank = RANK.indexOf(advice.severity);
  const { value, unit } = savingOf(advice) ?? { value: 0, unit: 's' };
  // A session of strangers can predict anything.
  const saving = Number.isFinite(value) ? value : 0;
  return [
    rank < 0 ? RANK.length : rank,
    unit === 'bytes' ? -saving : 0,
    unit === 'bytes' ? 0 : -saving
  ];
}

/**
 * The same rule that changes the same code (a function that several cells call), or that says the
 * same but for its numbers. Names tell apart: they stand between backticks.
 */
function groupKey({ rule, title, cell_id, fix }: Advice): string {
  const elsewhere = fix?.edits.every(edit => edit.cell_id !== cell_id);
  if (fix && elsewhere && fix.edits.length > 0) {
    return JSON.stringify([rule, fix.edits]);
  }
  const words = title
    .split('`')
    .map((part, index) => (index % 2 === 0 ? part.replace(NUMBER, '#') : part));
  return JSON.stringify([rule, words.join('`')]);
}

/**
 * Seconds add up. Memory does not: the same names are bound by one cell after the other, and peaks
 * are at different times; so the largest counts.
 */
function groupSaving(findings: readonly IFinding[]): ISaving | null {
  const savings = findings.flatMap(({ advice }) => savingOf(advice) ?? []);
  if (savings.length === 0) {
    return null;
  }
  const { unit } = savings[0];
  const values = savings
    .filter(saving => saving.unit === unit)
    .map(({ value }) => value);
  return {
    unit,
    value: unit === 's' ? sum(values, value => value) : Math.max(...values)
  };
}
