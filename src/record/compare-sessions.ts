/** Two sessions beside each other: their cells in pairs, and what they add up to. Pure. */
import type { IRunComparison } from './compare';
import { compareRuns, sidesOf } from './compare';
import type { ISilenced } from './derive';
import { latestRuns, openAdvice } from './derive';
import type { IDifference, Metric } from './differences';
import { judge, judgeTime, memoryNoise } from './noise';
import { devicesOf, entryOf, sum } from './quantities';
import type { IPair } from './pairs';
import { pairCells } from './pairs';
import type { CellRecord, MemoryEntry, Session } from './_session';

/** A cell of both sessions, and what changed in it. */
export interface IPairComparison extends IPair {
  readonly comparison: IRunComparison;
}

/** Two sessions beside each other. */
export interface ISessionComparison {
  /** In the order of the later session. */
  readonly pairs: readonly IPairComparison[];
  readonly added: readonly CellRecord[];
  readonly removed: readonly CellRecord[];
  /** Time of the paired cells, and of each device the highest peak and what is left at the end. */
  readonly totals: readonly IDifference[];
}

/** Compare two sessions; advice that the user silenced is left out. */
export function compareSessions(
  before: Session,
  after: Session,
  silenced?: ISilenced
): ISessionComparison {
  const { pairs, added, removed } = pairCells(before, after);
  const [sideBefore, sideAfter] = [sidesOf(before), sidesOf(after)];
  return {
    pairs: pairs.map(pair => ({
      ...pair,
      comparison: compareRuns(
        sideBefore(pair.before),
        sideAfter(pair.after),
        silenced
      )
    })),
    added,
    removed,
    totals: totals(before, after, pairs, silenced)
  };
}

function totals(
  before: Session,
  after: Session,
  pairs: readonly IPair[],
  silenced?: ISilenced
): IDifference[] {
  const old = before.cells ?? [];
  const now = after.cells ?? [];
  const advice = [before, after].map(session =>
    sum(latestRuns(session), run => openAdvice(run, silenced).length)
  );
  return [
    totalTime(pairs),
    ...devicesOf(...old, ...now).flatMap(device => {
      const entries = [old, now].map(runs =>
        runs.flatMap(run => entryOf(run, device) ?? [])
      );
      return [peak(device, entries), end(device, entries)];
    }),
    {
      metric: 'advice' as const,
      device: null,
      unit: 'count' as const,
      before: advice[0],
      after: advice[1],
      verdict: judge(advice[1] - advice[0], 0)
    }
  ].filter(({ before, after }) => before !== null || after !== null);
}

function totalTime(pairs: readonly IPair[]): IDifference {
  const [before, after] = [
    sum(pairs, pair => pair.before.duration_s),
    sum(pairs, pair => pair.after.duration_s)
  ];
  const single = (time: number) => ({
    runs: 1,
    median: time,
    min: time,
    max: time
  });
  const complete = pairs.every(
    pair => pair.before.status === 'ok' && pair.after.status === 'ok'
  );
  return {
    metric: 'time',
    device: null,
    unit: 's',
    before: pairs.length > 0 ? before : null,
    after: pairs.length > 0 ? after : null,
    verdict: complete ? judgeTime(single(before), single(after)) : null
  };
}

function peak(device: string, sides: readonly MemoryEntry[][]): IDifference {
  const highest = sides.map(entries =>
    entries.reduce<MemoryEntry | null>(
      (top, entry) => (top && top.peak_bytes >= entry.peak_bytes ? top : entry),
      null
    )
  );
  const isSampled = highest.map(entry => entry?.peak_is === 'sampled');
  return {
    ...bytes('peak', device, highest, entry => entry.peak_bytes),
    beforeSampled: isSampled[0],
    afterSampled: isSampled[1]
  };
}

function end(device: string, sides: readonly MemoryEntry[][]): IDifference {
  const last = sides.map(entries => entries[entries.length - 1] ?? null);
  return bytes('end', device, last, entry => entry.allocated_after_bytes);
}

function bytes(
  metric: Metric,
  device: string,
  [before, after]: readonly (MemoryEntry | null)[],
  value: (entry: MemoryEntry) => number
): IDifference {
  return {
    metric,
    device,
    unit: 'bytes',
    before: before && value(before),
    after: after && value(after),
    verdict:
      before &&
      after &&
      judge(value(after) - value(before), memoryNoise(device, before, after))
  };
}
