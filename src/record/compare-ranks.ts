/**
 * What changed among the processes that a cell starts. Its twin is `comparison/ranks.py`; one
 * fixture holds both to the same. Of several launches the last counts. Pure.
 */
import { mainMemory } from './derive';
import { memoryNoise } from './noise';
import { lastLaunch, lateRank, ranksOf } from './ranks';
import type { CellRecord, RankRun } from './_session';

/** Seconds that are noise, and the share of a time of steps. */
const SHORT = 0.001;
const SAME = 0.25;

/** One thing that is another in the later run. */
export interface IRankChange {
  readonly kind: 'count' | 'late' | 'exit' | 'communication' | 'peak';
  /** The rank that it is about, or all of them; empty: no rank is late. */
  readonly before: readonly RankRun[];
  readonly after: readonly RankRun[];
}

/** Of two runs that both started processes: all together, then one by one. */
export function rankChanges(
  before: CellRecord,
  after: CellRecord
): IRankChange[] {
  const [old, now] = [before, after].map(run => lastLaunch(ranksOf(run)));
  return old.length === 0 || now.length === 0
    ? []
    : [...ofAll(old, now), ...ofEach(old, now)];
}

function* ofAll(
  old: readonly RankRun[],
  now: readonly RankRun[]
): Iterable<IRankChange> {
  if (old.length !== now.length) {
    yield { kind: 'count', before: old, after: now };
  }
  const [was, late] = [lateRank(old), lateRank(now)];
  if (
    was?.rank !== late?.rank ||
    differ(was?.lateness?.median_s, late?.lateness?.median_s)
  ) {
    yield { kind: 'late', before: was ? [was] : [], after: late ? [late] : [] };
  }
}

function* ofEach(
  old: readonly RankRun[],
  now: readonly RankRun[]
): Iterable<IRankChange> {
  const earlier = new Map(old.map(run => [run.rank, run]));
  for (const run of now) {
    const before = earlier.get(run.rank);
    const change = { before: before ? [before] : [], after: [run] };
    if (before && before.exit !== run.exit) {
      yield { kind: 'exit', ...change };
    } else if (before && run.exit === 'ok') {
      if (differ(communicationOf(before), communicationOf(run))) {
        yield { kind: 'communication', ...change };
      }
      if (peaksDiffer(before.record, run.record)) {
        yield { kind: 'peak', ...change };
      }
    }
  }
}

/** Seconds of a step for which the first wrapper of a rank communicates, as that has logged them. */
export function communicationOf({ replicas }: RankRun): number | null {
  return replicas?.[0]?.communication_s ?? null;
}

/** Whether two times, both known, differ by more than noise. */
function differ(
  before: number | null | undefined,
  after: number | null | undefined
): boolean {
  return (
    typeof before === 'number' &&
    typeof after === 'number' &&
    Math.abs(after - before) > Math.max(SHORT, SAME * Math.max(before, after))
  );
}

function peaksDiffer(before: CellRecord, after: CellRecord): boolean {
  const [old, now] = [mainMemory(before), mainMemory(after)];
  return (
    old?.device !== undefined &&
    old.device === now?.device &&
    Math.abs(now.peak_bytes - old.peak_bytes) >
      memoryNoise(old.device, old, now)
  );
}
