/**
 * Rows of two deep profiles that are of the same line, module or operator. Its twin is
 * `comparison/deep_rows.py`. Pure.
 */
import type { IRunOf } from './compare-places';
import { partsKey } from './own-lines';
import { lineOf } from './places';
import { linesOf, textsOf } from './texts';
import type { DeepProfile, Place } from './_session';

/** A part of a step, with its time in all steps. */
export interface IDeepRow {
  /** A phase, a module's path, an operator, a device. */
  readonly name: string;
  /** Of an operator. */
  readonly phase?: string;
  /** Of a line. */
  readonly place?: Place;
  /** The run that the line is of. */
  readonly run?: IRunOf;
  /** The line itself, where its text is known. */
  readonly code?: string;
  /** `false`: the run has no such row. */
  readonly isThere: boolean;
  /** Seconds. */
  readonly taken: number;
  /** Standard deviation from step to step, in seconds. */
  readonly spread: number | null;
  readonly calls: number;
}

/** A row of the earlier and of the later run. */
export type IDeepPair = readonly [IDeepRow, IDeepRow];

interface ILine extends IDeepRow {
  readonly place: Place;
  /** The function that it is of. */
  readonly group: string;
}

/** Operators by name and phase. */
export function operatorRows(old: DeepProfile, now: DeepProfile): IDeepPair[] {
  const rows = ({ operators }: DeepProfile) =>
    new Map(
      (operators ?? []).map(({ name, phase, self_s, spread_s, calls }) => [
        partsKey(name, phase),
        { name, phase, ...timed(self_s, spread_s), calls }
      ])
    );
  return joined(rows(old), rows(now));
}

/** Modules by their paths. */
export function moduleRows(old: DeepProfile, now: DeepProfile): IDeepPair[] {
  const rows = ({ modules }: DeepProfile) =>
    new Map(
      (modules ?? []).map(({ name, forward_s, backward_s, spread_s }) => [
        name,
        { name, ...timed((forward_s ?? 0) + (backward_s ?? 0), spread_s) }
      ])
    );
  return joined(rows(old), rows(now));
}

/**
 * Lines by their function and code, wherever they have moved to. Those that are left of a function
 * are the same, in order, if there are as many in both: they were edited.
 */
export function lineRows(before: IRunOf, after: IRunOf): IDeepPair[] {
  const [old, now] = [linesIn(before), linesIn(after)];
  const edited = new Map<string, string>();
  const groups = new Set([...now.values()].map(({ group }) => group));
  for (const group of groups) {
    const [ones, others] = [left(old, now, group), left(now, old, group)];
    if (ones.length === others.length) {
      others.forEach((key, index) => edited.set(key, ones[index]));
    }
  }
  const renamed = [...now].map(
    ([key, line]) => [edited.get(key) ?? key, line] as const
  );
  return joined(old, new Map(renamed));
}

/** Keys of a function's lines that the other run does not have, in the order of the lines. */
function left(
  lines: ReadonlyMap<string, ILine>,
  others: ReadonlyMap<string, ILine>,
  group: string
): string[] {
  return [...lines]
    .filter(([key, line]) => line.group === group && !others.has(key))
    .sort(([, a], [, b]) => lineOf(a.place) - lineOf(b.place))
    .map(([key]) => key);
}

function linesIn(run: IRunOf): Map<string, ILine> {
  const places = run.record.places ?? [];
  const rows = new Map<string, ILine>();
  for (const line of run.record.deep?.lines ?? []) {
    const place = places[line.place];
    if (place) {
      const code = codeIn(run, place);
      const group = partsKey(
        place.kind,
        place.kind === 'file' ? place.path : null,
        place.function
      );
      const key = partsKey(group, code || lineOf(place));
      const row = {
        name: '',
        group,
        place,
        run,
        code,
        ...timed((line.host_s ?? 0) + (line.backward_s ?? 0), line.spread_s)
      };
      const other = rows.get(key);
      // The same text stands twice, or was reached in two ways.
      rows.set(
        key,
        other
          ? {
              ...other,
              taken: other.taken + row.taken,
              spread:
                other.spread === null || row.spread === null
                  ? null
                  : other.spread + row.spread
            }
          : row
      );
    }
  }
  return rows;
}

/** The line itself, where a run that is kept has its text. */
function codeIn({ session, record }: IRunOf, place: Place): string {
  const owner =
    place.source_hash === record.source_hash
      ? record
      : textsOf(session).ownerOf(place.source_hash)?.record;
  return owner && place.kind === 'cell'
    ? (linesOf(owner)[lineOf(place) - 1] ?? '').trim()
    : '';
}

function timed(taken: number, spread?: number | null) {
  return { isThere: true, taken, spread: spread ?? null, calls: 0 };
}

function joined(
  old: ReadonlyMap<string, IDeepRow>,
  now: ReadonlyMap<string, IDeepRow>
): IDeepPair[] {
  return [...new Set([...now.keys(), ...old.keys()])].map(key => {
    const [one, other] = [old.get(key), now.get(key)];
    const nothing = { isThere: false, taken: 0, spread: 0, calls: 0 };
    const some = (other ?? one)!;
    return [one ?? { ...some, ...nothing }, other ?? { ...some, ...nothing }];
  });
}
