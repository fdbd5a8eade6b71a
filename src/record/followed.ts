/** What came of advice that was followed. Pure. */
import { HOST, latestRuns } from './derive';
import { sum } from './quantities';
import type { CellRecord, Session, Verification } from './_session';

/** Advice that was followed and measured, of a whole session. */
export interface IFollowed {
  /** The runs that put fixes to the test, the latest of each cell and rule, oldest first. */
  readonly runs: readonly CellRecord[];
  /** Fixes that were put to the test. */
  readonly fixes: number;
  /** Fixes that made worse what they had promised to make better. */
  readonly worse: number;
  /** Change of memory that cells keep, bytes, negative for a saving; `null`: none was promised. */
  readonly kept_bytes: number | null;
  /** Largest change of a peak, bytes; `null`: none was promised. */
  readonly peak_bytes: number | null;
  /** Time of these cells before over the time after; `null` where it is not known. */
  readonly speedup: number | null;
}

/** What was followed and measured, unless the advice is open again; `null` if nothing was. */
export function followedAdvice(
  session: Pick<Session, 'cells'>
): IFollowed | null {
  const open = new Set(
    latestRuns(session).flatMap(({ cell_id, advice = [] }) =>
      advice.map(({ rule }) => placeKey(cell_id, rule))
    )
  );
  const tested = new Map<
    string,
    { run: CellRecord; entries: Verification[] }
  >();
  for (const run of session.cells ?? []) {
    const ofRun = new Map<string, Verification[]>();
    for (const entry of run.verification ?? []) {
      const key = placeKey(run.cell_id ?? run.run_id, entry.rule);
      ofRun.set(key, [...(ofRun.get(key) ?? []), entry]);
    }
    for (const [key, entries] of ofRun) {
      // The latest test counts, in the place of the latest.
      tested.delete(key);
      if (!open.has(key)) {
        tested.set(key, { run, entries });
      }
    }
  }
  const all = [...tested.values()];
  if (all.length === 0) {
    return null;
  }
  const promised = all.map(({ entries }) => promisedEntries(entries));
  const bytes = promised.flat().filter(({ unit }) => unit === 'bytes');
  const peaks = bytes.filter(({ metric }) => metric === 'peak_bytes');
  return {
    runs: [...new Set(all.map(({ run }) => run))],
    fixes: all.length,
    worse: promised.filter(entries =>
      entries.some(({ measured }) => measured >= 0)
    ).length,
    kept_bytes: keptBytes(all),
    peak_bytes:
      peaks.length > 0
        ? peaks.reduce(
            (most, { measured }) =>
              Math.abs(measured) > Math.abs(most) ? measured : most,
            0
          )
        : null,
    speedup: speedup(all)
  };
}

/** What was promised of memory that can prove it; the process's own only where there is no other. */
function promisedEntries(entries: readonly Verification[]): Verification[] {
  const promised = entries.filter(({ predicted }) => predicted !== null);
  const sure = promised.filter(({ device }) => device !== HOST);
  return sure.length > 0 ? sure : promised;
}

/**
 * Of a run each device counts once: all that was tested in it was measured on the same bytes, the
 * graphs of a fix as well as the memory that they took. The smaller saving is claimed.
 */
function keptBytes(
  tested: readonly { run: CellRecord; entries: readonly Verification[] }[]
): number | null {
  const changes = new Map<string, number>();
  for (const { run, entries } of tested) {
    for (const entry of promisedEntries(entries)) {
      if (entry.unit === 'bytes' && entry.metric !== 'peak_bytes') {
        const key = JSON.stringify([run.run_id, entry.device ?? null]);
        const known = changes.get(key) ?? -Infinity;
        changes.set(key, Math.max(known, entry.measured));
      }
    }
  }
  return changes.size > 0 ? sum([...changes.values()], value => value) : null;
}

/** Each run counts once, whatever number of fixes it puts to the test. */
function speedup(
  tested: readonly { run: CellRecord; entries: readonly Verification[] }[]
): number | null {
  const changes = new Map<CellRecord, number>();
  for (const { run, entries } of tested) {
    const time = entries.find(({ metric }) => metric === 'duration_s');
    if (time) {
      changes.set(run, time.measured);
    }
  }
  const after = sum([...changes.keys()], run => run.duration_s);
  const before = after - sum([...changes.values()], change => change);
  return after > 0 && before > 0 ? before / after : null;
}

function placeKey(cell: string | null, rule: string): string {
  return JSON.stringify([cell, rule]);
}
