/**
 * What a step takes in depth, beside another run: its twin is `comparison/deep.py`, which says what
 * counts as a difference, and one fixture holds both to the same. Pure.
 */
import { deepPhase, medianStep } from './deep';
import type { IDeepPair, IDeepRow } from './deep-rows';
import { lineRows, moduleRows, operatorRows } from './deep-rows';
import { SAME_TIME } from './noise';
import { PHASES } from './phases';
import type { CellRecord, DeepProfile, Session } from './_session';
import type { IRunOf } from './compare-places';

/** Steps that each run needs. */
export const ENOUGH_STEPS = 3;
/** Told of each kind at most. */
const LISTED = 5;
const ERRORS = 4;
/** So many steps of each run, all apart, differ by more than chance. */
const APART = 4;
/** A difference that is a smaller part of the step is not told. */
const PART = 0.01;
const SAME_BYTES = 0.01;
const LEAST_BYTES = 64 << 10;

/** What a step took in both runs: seconds, or bytes of a `peak`. */
export interface IDeepChange {
  readonly kind: 'step' | 'phase' | 'line' | 'module' | 'operator' | 'peak';
  /** What it is of: of a step nothing, of a peak the device. */
  readonly row: IDeepRow;
  readonly before: number;
  readonly after: number;
  readonly noise: number;
  /** Of an operator in a step, before and after. */
  readonly calls: readonly [number, number];
}

/** The deep profiles of two runs. */
export interface IDeepComparison {
  readonly before: IRunOf;
  readonly after: IRunOf;
  /** Why their steps cannot be compared: too few whole ones, or one trains and the other not. */
  readonly reason: 'few' | 'unlike' | null;
  /** The step in the middle; `null`: there is a reason. */
  readonly step: IDeepChange | null;
  /** Parts of the step and peaks that changed by more than noise, by kind, the largest first. */
  readonly changes: readonly IDeepChange[];
}

/** Whether the difference is not more than the steps differ by. */
export function isSameStep({ before, after, noise }: IDeepChange): boolean {
  return Math.abs(after - before) <= noise;
}

/** The run itself or the latest of the same source that was recorded in depth, if one was. */
export function deepRun(
  session: Session,
  record: CellRecord
): CellRecord | null {
  if (record.deep) {
    return record;
  }
  const runs = (session.cells ?? []).filter(
    run =>
      run.deep &&
      run.cell_id !== null &&
      run.cell_id === record.cell_id &&
      run.source_hash === record.source_hash
  );
  return runs.pop() ?? null;
}

/** Compare two runs; `null`: one of them was not recorded in depth. */
export function compareDeep(
  before: IRunOf,
  after: IRunOf
): IDeepComparison | null {
  const [old, now] = [before.record.deep, after.record.deep];
  if (!old || !now) {
    return null;
  }
  const reason = reasonOf(old, now);
  if (reason) {
    return { before, after, reason, step: null, changes: [] };
  }
  const step = stepChange(old, now);
  const least = PART * Math.min(step.before, step.after);
  const rows = (kind: IDeepChange['kind'], pairs: readonly IDeepPair[]) =>
    told(pairs.map(pair => rowChange(kind, pair, [old, now], least)));
  return {
    before,
    after,
    reason,
    step,
    changes: [
      ...told(phaseRows(old, now, least)),
      ...rows('line', lineRows(before, after)),
      ...rows('module', moduleRows(old, now)),
      ...rows('operator', operatorRows(old, now)),
      ...told(peakChanges(old, now))
    ]
  };
}

function reasonOf(
  old: DeepProfile,
  now: DeepProfile
): IDeepComparison['reason'] {
  const isShort = ({ window, steps }: DeepProfile) =>
    !window.whole_steps || (steps ?? []).length < ENOUGH_STEPS;
  return isShort(old) || isShort(now)
    ? 'few'
    : trains(old) === trains(now)
      ? null
      : 'unlike';
}

function trains({ steps }: DeepProfile): boolean {
  return (steps ?? []).some(
    step => deepPhase(step, 'backward') > 0 || deepPhase(step, 'optimizer') > 0
  );
}

function told(changes: readonly IDeepChange[]): IDeepChange[] {
  return changes
    .filter(change => !isSameStep(change))
    .sort((a, b) => Math.abs(b.after - b.before) - Math.abs(a.after - a.before))
    .slice(0, LISTED);
}

function noiseOf(
  before: number,
  after: number,
  variance: number,
  least: number
): number {
  return Math.max(
    least,
    SAME_TIME * Math.max(before, after),
    ERRORS * Math.sqrt(variance)
  );
}

/** Of times that were taken step by step. */
function timeChange(
  kind: IDeepChange['kind'],
  row: IDeepRow,
  sides: readonly [readonly number[], readonly number[]],
  least: number
): IDeepChange {
  const [before, after] = sides.map(mean);
  const errors = sides.map(side => deviation(side) ** 2 / side.length);
  const noise = noiseOf(before, after, errors[0] + errors[1], least);
  return { kind, row, before, after, noise, calls: [0, 0] };
}

function stepChange(old: DeepProfile, now: DeepProfile): IDeepChange {
  const change = timeChange('step', rowOf(''), [times(old), times(now)], 0);
  const [before, after] = [medianStep(old), medianStep(now)];
  const least = SAME_TIME * Math.max(before, after);
  const noise = areApart(times(old), times(now))
    ? least
    : Math.max(change.noise, least);
  return { ...change, before, after, noise };
}

/** Whether each step of one run took longer than all of the other. */
function areApart(one: readonly number[], other: readonly number[]): boolean {
  return (
    Math.min(one.length, other.length) >= APART &&
    (Math.min(...one) > Math.max(...other) ||
      Math.min(...other) > Math.max(...one))
  );
}

function phaseRows(
  old: DeepProfile,
  now: DeepProfile,
  least: number
): IDeepChange[] {
  return PHASES.map(phase => {
    const of = ({ steps }: DeepProfile) =>
      (steps ?? []).map(step => deepPhase(step, phase));
    return timeChange('phase', rowOf(phase), [of(old), of(now)], least);
  });
}

/** Of rows that have the time of all steps, and what these differ by. */
function rowChange(
  kind: IDeepChange['kind'],
  [old, now]: IDeepPair,
  profiles: readonly [DeepProfile, DeepProfile],
  least: number
): IDeepChange {
  const counts = profiles.map(({ steps }) => (steps ?? []).length);
  const [before, after] = [old.taken / counts[0], now.taken / counts[1]];
  const variance =
    spreadOf(old, profiles[0]) ** 2 / counts[0] +
    spreadOf(now, profiles[1]) ** 2 / counts[1];
  return {
    kind,
    row: now.isThere ? now : old,
    before,
    after,
    noise: noiseOf(before, after, variance, least),
    calls: [old.calls / counts[0], now.calls / counts[1]]
  };
}

/** What a row's time differs by; where nobody measured that, as much as the steps do. */
function spreadOf({ spread, taken }: IDeepRow, deep: DeepProfile): number {
  if (spread !== null) {
    return spread;
  }
  const all = times(deep);
  const middle = mean(all);
  return middle > 0 ? ((deviation(all) / middle) * taken) / all.length : 0;
}

function peakChanges(old: DeepProfile, now: DeepProfile): IDeepChange[] {
  const peaks = new Map(
    (old.memory ?? []).map(({ device, peak_bytes }) => [device, peak_bytes])
  );
  return (now.memory ?? []).flatMap(({ device, peak_bytes: after }) => {
    const before = peaks.get(device);
    return before === undefined
      ? []
      : {
          kind: 'peak',
          row: rowOf(device),
          before,
          after,
          noise: Math.max(LEAST_BYTES, SAME_BYTES * Math.max(before, after)),
          calls: [0, 0]
        };
  });
}

function rowOf(name: string): IDeepRow {
  return { name, isThere: true, taken: 0, spread: null, calls: 0 };
}

function times({ steps }: DeepProfile): number[] {
  return (steps ?? []).map(({ duration_s }) => duration_s);
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Of a sample of a few. */
function deviation(values: readonly number[]): number {
  const middle = mean(values);
  const squares = values.reduce((sum, value) => sum + (value - middle) ** 2, 0);
  return Math.sqrt(squares / (values.length - 1));
}
