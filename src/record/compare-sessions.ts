/** Two sessions beside each other: their cells in pairs, and what they add up to. Pure. */
import type { IRunComparison } from './compare';
import { compareRuns, sidesOf } from './compare';
import type { IDeepComparison } from './compare-deep';
import { compareDeep, deepRun } from './compare-deep';
import type { IPhaseChange } from './compare-phases';
import { phaseChanges } from './compare-phases';
import type { IPlaceChange } from './compare-places';
import { placeChanges } from './compare-places';
import type { IRankChange } from './compare-ranks';
import { rankChanges } from './compare-ranks';
import type { ISilenced } from './derive';
import { HOST, latestRuns, openAdvice } from './derive';
import type { IDifference, Metric } from './differences';
import type { ITiming } from './noise';
import { judge, judgeTime, memoryNoise } from './noise';
import { devicesOf, entryOf, sum } from './quantities';
import type { IPair } from './pairs';
import { pairCells } from './pairs';
import type { CellRecord, MemoryEntry, Session } from './_session';

/** A cell of both sessions, and what changed in it. */
export interface IPairComparison extends IPair {
  readonly times: readonly [ITiming, ITiming];
  /** Made when it is asked for. */
  readonly comparison: IRunComparison;
  /** What is another among the processes that both runs started. */
  readonly ranks: readonly IRankChange[];
  /** Of runs that were recorded in depth: these or, of the same source, earlier ones. */
  readonly deep: IDeepComparison | null;
}

/** Two sessions beside each other. */
export interface ISessionComparison {
  /** In the order of the later session. */
  readonly pairs: readonly IPairComparison[];
  readonly added: readonly CellRecord[];
  readonly removed: readonly CellRecord[];
  /** Time of the paired cells, and of each device the highest peak and what is left at the end. */
  readonly totals: readonly IDifference[];
  /** Where the time of the paired cells differs, as far as samples prove it. */
  readonly places: readonly IPlaceChange[];
  /** What it was spent for, of cells that tell in both. */
  readonly phases: readonly IPhaseChange[];
}

/** Compare two sessions; advice that the user silenced is left out. */
export function compareSessions(
  before: Session,
  after: Session,
  silenced?: ISilenced
): ISessionComparison {
  const { pairs, added, removed } = pairCells(before, after);
  const [sideBefore, sideAfter] = [sidesOf(before), sidesOf(after)];
  const compared = pairs.map((pair): IPairComparison => {
    const sides = [sideBefore(pair.before), sideAfter(pair.after)] as const;
    let comparison: IRunComparison | null = null;
    return {
      ...pair,
      times: [sides[0].timing, sides[1].timing],
      // Of a thousand cells few are looked at.
      get comparison() {
        return (comparison ??= compareRuns(...sides, silenced));
      },
      ranks: rankChanges(pair.before, pair.after),
      deep: deepOf([before, pair.before], [after, pair.after])
    };
  });
  return {
    pairs: compared,
    added,
    removed,
    places: placeChanges(
      pairs.map(pair => [
        { session: before, record: pair.before },
        { session: after, record: pair.after }
      ])
    ),
    phases: phaseChanges(pairs.map(pair => [pair.before, pair.after])),
    totals: [
      totalTime(compared),
      totalAdvice(before, after, silenced),
      ...totalMemory(before, after)
    ].filter(total => total.before !== null || total.after !== null)
  };
}

function deepOf(
  ...sides: readonly [Session, CellRecord][]
): IDeepComparison | null {
  const [before, after] = sides.map(([session, run]) => {
    const record = deepRun(session, run);
    return record && { session, record };
  });
  return before && after && compareDeep(before, after);
}

/** Of the paired cells; medians where a source ran several times. */
function totalTime(pairs: readonly IPairComparison[]): IDifference {
  const [before, after] = [
    sum(pairs, ({ times }) => times[0].median),
    sum(pairs, ({ times }) => times[1].median)
  ];
  const once = (time: number) => ({
    runs: 1,
    median: time,
    min: time,
    max: time
  });
  const complete = pairs.every(
    pair =>
      pair.before.status === 'ok' &&
      pair.after.status === 'ok' &&
      Boolean(pair.before.deep) === Boolean(pair.after.deep)
  );
  return {
    metric: 'time',
    device: null,
    unit: 's',
    before: pairs.length > 0 ? before : null,
    after: pairs.length > 0 ? after : null,
    verdict: complete ? judgeTime(once(before), once(after)) : null
  };
}

function totalAdvice(
  before: Session,
  after: Session,
  silenced?: ISilenced
): IDifference {
  const [old, now] = [before, after].map(session =>
    sum(latestRuns(session), run => openAdvice(run, silenced).length)
  );
  return {
    metric: 'advice',
    device: null,
    unit: 'count',
    before: old,
    after: now,
    verdict: judge(now - old, 0)
  };
}

function totalMemory(before: Session, after: Session): IDifference[] {
  const old = before.cells ?? [];
  const now = after.cells ?? [];
  return devicesOf(...old, ...now).flatMap(device => {
    const entries = [old, now].map(runs =>
      runs.flatMap(run => entryOf(run, device) ?? [])
    );
    // What is recorded in depth lies in the process's memory, too.
    const [one, other] = [old, now].map(runs => runs.some(({ deep }) => deep));
    const highest = peak(device, entries);
    return [
      device === HOST && one !== other
        ? { ...highest, verdict: null }
        : highest,
      end(device, entries)
    ];
  });
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
    verdict:
      highest[0] &&
      highest[1] &&
      judge(
        highest[1].peak_bytes - highest[0].peak_bytes,
        memoryNoise(device, highest[0], highest[1])
      ),
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
    // Cells that only one session has count here as well.
    verdict: null
  };
}
