/** Two runs of a cell, beside each other. Pure functions of the records. */
import type { IDeepComparison } from './compare-deep';
import { compareDeep } from './compare-deep';
import type { IPhaseChange } from './compare-phases';
import { phaseChanges } from './compare-phases';
import type { IPlaceChange } from './compare-places';
import { placeChanges } from './compare-places';
import type { IRankChange } from './compare-ranks';
import { rankChanges } from './compare-ranks';
import type { ISilenced } from './derive';
import { openAdvice, runsOfSameCell } from './derive';
import type { IDifference } from './differences';
import { runDifferences } from './differences';
import type { ITiming } from './noise';
import { promisesKept } from './promises';
import type { Advice, CellRecord, Session, Verification } from './_session';

/** One run, and what else is known of the same source. */
export interface ISide {
  readonly session: Session;
  readonly record: CellRecord;
  /** Of this run alone if it failed, else of all complete runs of its source. */
  readonly timing: ITiming;
}

/** Advice by what became of it. */
export interface IAdviceChanges {
  readonly gone: readonly Advice[];
  readonly added: readonly Advice[];
  readonly same: readonly Advice[];
}

/** Two runs beside each other. */
export interface IRunComparison {
  readonly before: ISide;
  readonly after: ISide;
  readonly differences: readonly IDifference[];
  /** Where the time differs, as far as samples prove it. */
  readonly places: readonly IPlaceChange[];
  /** What the time was spent for, where both runs tell. */
  readonly phases: readonly IPhaseChange[];
  /** What is another among the processes that both started. */
  readonly ranks: readonly IRankChange[];
  /** Their steps, where both were recorded in depth. */
  readonly deep: IDeepComparison | null;
  readonly advice: IAdviceChanges;
  /** Predicted against measured, as the kernel verified it or, between sessions, from both runs. */
  readonly checks: readonly Verification[];
}

/** For each run of the session, itself with the times of all complete runs of its source. */
export function sidesOf(session: Session): (record: CellRecord) => ISide {
  const times = new Map<string, number[]>();
  const keyOf = ({ cell_id, source_hash, run_id, status, deep }: CellRecord) =>
    JSON.stringify(
      status === 'ok' && cell_id !== null
        ? // Runs that were recorded in depth take longer.
          [cell_id, source_hash, Boolean(deep)]
        : [run_id]
    );
  for (const record of session.cells ?? []) {
    const key = keyOf(record);
    const list = times.get(key);
    if (list) {
      list.push(record.duration_s);
    } else {
      times.set(key, [record.duration_s]);
    }
  }
  return record => ({
    session,
    record,
    timing: timingOf(times.get(keyOf(record)) ?? [record.duration_s])
  });
}

function sideAlone(session: Session, record: CellRecord): ISide {
  return { session, record, timing: timingOf([record.duration_s]) };
}

function timingOf(durations: readonly number[]): ITiming {
  const times = [...durations].sort((a, b) => a - b);
  const middle = times.length >> 1;
  const even = times.length % 2 === 0;
  return {
    runs: times.length,
    median: even ? (times[middle - 1] + times[middle]) / 2 : times[middle],
    min: times[0],
    max: times[times.length - 1]
  };
}

/** The last earlier run of the cell whose source was another, or `null`. */
export function runBeforeChange(
  session: Session,
  record: CellRecord
): CellRecord | null {
  const runs = runsOfSameCell(session, record);
  return (
    runs
      .slice(0, Math.max(0, runs.indexOf(record)))
      .reverse()
      .find(({ source_hash }) => source_hash !== record.source_hash) ?? null
  );
}

/** The run to compare with: before the source changed, else the one before, else the next. */
export function usualOther(
  session: Session,
  record: CellRecord
): CellRecord | null {
  const runs = runsOfSameCell(session, record);
  const place = runs.indexOf(record);
  return (
    runBeforeChange(session, record) ??
    runs[place - 1] ??
    runs[place + 1] ??
    null
  );
}

/**
 * Compare two runs of a session, whichever came first. Runs of one source are compared as they
 * are: a median would be that of both.
 */
export function compareInOrder(
  session: Session,
  one: CellRecord,
  other: CellRecord,
  silenced?: ISilenced
): IRunComparison {
  const runs = session.cells ?? [];
  const sideOf =
    one.source_hash === other.source_hash
      ? (record: CellRecord) => sideAlone(session, record)
      : sidesOf(session);
  const [before, after] =
    runs.indexOf(one) < runs.indexOf(other) ? [one, other] : [other, one];
  return compareRuns(sideOf(before), sideOf(after), silenced);
}

/** Compare two runs; advice that the user silenced is left out. */
export function compareRuns(
  before: ISide,
  after: ISide,
  silenced?: ISilenced
): IRunComparison {
  const advice = adviceChanges(before.record, after.record, silenced);
  return {
    before,
    after,
    differences: runDifferences(before, after),
    places: placeChanges([[before, after]]),
    phases: phaseChanges([[before.record, after.record]]),
    ranks: rankChanges(before.record, after.record),
    deep: compareDeep(before, after),
    advice,
    checks: promisesKept(before.record, after.record, advice.gone)
  };
}

/** By rule: one run gives each rule's advice once. */
function adviceChanges(
  before: CellRecord,
  after: CellRecord,
  silenced?: ISilenced
): IAdviceChanges {
  const old = openAdvice(before, silenced);
  const now = openAdvice(after, silenced);
  const had = new Set(old.map(({ rule }) => rule));
  const has = new Set(now.map(({ rule }) => rule));
  return {
    gone: old.filter(({ rule }) => !has.has(rule)),
    added: now.filter(({ rule }) => !had.has(rule)),
    same: now.filter(({ rule }) => had.has(rule))
  };
}
