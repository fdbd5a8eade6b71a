/** What the processes of a run say together. Its twin is `ranks/told.py`. Pure. */
import { HOST, mainMemory } from './derive';
import type { CellRecord, MemoryEntry, RankRun } from './_session';

/** Collectives to which a rank has to be late before it is named, as a share. */
const OFTEN = 0.9;
/** Seconds by which it has to be late, and the share of a step. */
const LATE_S = 0.005;
const LATE_SHARE = 0.1;

/** A run's processes, as far as a record may be trusted to have them. */
export function ranksOf({ ranks }: Pick<CellRecord, 'ranks'>): RankRun[] {
  return ranks ?? [];
}

/** Whether they were in a process group: else they are processes, and no ranks of anything. */
export function areRanks(ranks: readonly Pick<RankRun, 'backend'>[]): boolean {
  return ranks.some(({ backend }) => backend !== null);
}

/** Those that were started together last: of a launcher that restarts them, what counts. */
export function lastLaunch(ranks: readonly RankRun[]): readonly RankRun[] {
  const last = ranks.at(-1)?.launch ?? 0;
  return ranks.filter(({ launch = 0 }) => launch === last);
}

/**
 * The first for which the others of its launch wait: it alone comes late nearly always; else `null`.
 */
export function lateRank(ranks: readonly RankRun[]): RankRun | null {
  const late = ranks.filter(run => isLate(run));
  const isAlone = ({ launch = 0 }: RankRun) =>
    late.filter(other => (other.launch ?? 0) === launch).length === 1;
  return late.find(isAlone) ?? null;
}

function isLate({ lateness, record }: RankRun): boolean {
  if (!lateness || lateness.late_share < OFTEN) {
    return false;
  }
  const steps = record.grad?.optimizer_steps ?? 0;
  const step = steps > 0 ? record.duration_s / steps : 0;
  return lateness.median_s >= Math.max(LATE_S, LATE_SHARE * step);
}

/** The process with the highest peak, an accelerator's before the host's. */
export function fullestRank(
  ranks: readonly RankRun[]
): { run: RankRun; entry: MemoryEntry } | null {
  const found = ranks.flatMap(run => {
    const entry = mainMemory(run.record);
    return entry ? [{ run, entry }] : [];
  });
  found.sort(
    (a, b) =>
      Number(a.entry.device === HOST) - Number(b.entry.device === HOST) ||
      b.entry.peak_bytes - a.entry.peak_bytes
  );
  return found[0] ?? null;
}

/**
 * Those of many to look at first: that ended badly, are late, took longest or most memory; in their
 * order.
 */
export function worstRanks(
  ranks: readonly RankRun[],
  count: number
): RankRun[] {
  const { length } = ranks;
  const by = (measure: (run: RankRun) => number) =>
    [...ranks].sort((a, b) => measure(b) - measure(a));
  const orders = [
    by(({ lateness }) => lateness?.median_s ?? 0),
    by(({ record }) => mainMemory(record)?.peak_bytes ?? 0),
    by(({ record }) => record.duration_s)
  ];
  const worst = new Set(
    ranks.filter(({ exit }) => exit !== 'ok').slice(0, count)
  );
  for (let place = 0; place < length && worst.size < count; place++) {
    for (const order of orders) {
      if (worst.size < count) {
        worst.add(order[place]);
      }
    }
  }
  return ranks.filter(run => worst.has(run));
}
