/** What the first screen of a report says: the session's peaks, its costs and what was verified. */
import { HOST, findRun, mainMemory, memoryDelta } from '../record/derive';
import { madeOn, mainDevice } from '../record/holding';
import { sum } from '../record/quantities';
import type { CellRecord, Session } from '../record/_session';
import type { IUsage } from '../views/parts/usage';
import { deviceOrder } from '../views/parts/usage';

/** One cell and what it cost, in bytes or seconds. */
export interface ICost {
  readonly record: CellRecord;
  readonly value: number;
}

/** Rows of each list on the first screen. */
const TOP = 3;
/** A run with more than this share of what all cost is shown in full on paper. */
const MUCH = 0.05;
/** Kept memory below this is the noise of an interpreter. Bytes. */
const KEPT_FROM = 1 << 20;

/** Peak of each device over the whole session, beside what it has. */
export function sessionPeaks(session: Session): IUsage[] {
  const { devices, host_total_bytes } = session.environment;
  return deviceOrder(session).flatMap(device => {
    const entries = (session.cells ?? []).flatMap(record =>
      (record.memory ?? []).filter(entry => entry.device === device)
    );
    if (entries.length === 0) {
      return [];
    }
    const known = (devices ?? []).find(other => other.device === device);
    const total = device === HOST ? host_total_bytes : known?.total_bytes;
    return [
      {
        device,
        name: known?.name ?? null,
        used: Math.max(...entries.map(entry => entry.peak_bytes)),
        reserved: null,
        others: null,
        total: total ?? entries[0].total_bytes ?? null
      }
    ];
  });
}

/** The runs that took more than a twentieth of the time, or of the memory that runs kept. */
export function costlyRuns({ cells = [] }: Session): Set<CellRecord> {
  const kept = (record: CellRecord) => {
    const memory = mainMemory(record);
    const bytes = memory ? memoryDelta(memory) : 0;
    return bytes >= KEPT_FROM ? bytes : 0;
  };
  const shares = [
    (record: CellRecord) => record.duration_s,
    (record: CellRecord) => kept(record)
  ].map(cost => {
    const all = sum(cells, cost);
    return (record: CellRecord) => (all > 0 ? cost(record) / all : 0);
  });
  return new Set(
    cells.filter(record => shares.some(share => share(record) > MUCH))
  );
}

/** The runs that took the longest. */
export function slowest(session: Session): ICost[] {
  return top(session, record => record.duration_s);
}

/** The runs that left most memory behind on one device. */
export interface IKept {
  readonly device: string;
  readonly costs: readonly ICost[];
}

/**
 * What runs left behind: what is still there of it, on the accelerator that holds most or else on
 * the host. Of documents that do not tell it is what each had left when it ended.
 */
export function keepers(session: Session): IKept {
  const device = mainDevice(session);
  if (device === null) {
    return leftAtTheEnd(session);
  }
  const costs = madeOn(session, device)
    .map(({ run_id, alive_bytes }) => ({
      record: findRun(session, run_id),
      value: alive_bytes
    }))
    .filter((cost): cost is ICost => cost.record !== null);
  return { device, costs: largest(costs) };
}

function leftAtTheEnd(session: Session): IKept {
  const cells = session.cells ?? [];
  const devices = cells.map(record => mainMemory(record)?.device ?? HOST);
  const device = devices.find(one => one !== HOST) ?? HOST;
  const costs = cells
    .filter((_, index) => devices[index] === device)
    .map(record => {
      const memory = mainMemory(record);
      return { record, value: memory ? memoryDelta(memory) : 0 };
    });
  return { device, costs: largest(costs) };
}

function largest(costs: readonly ICost[]): ICost[] {
  return [...costs]
    .filter(({ value }) => value >= KEPT_FROM)
    .sort((a, b) => b.value - a.value)
    .slice(0, TOP);
}

/** The runs that put a fix to the test. */
export function verified(session: Session): CellRecord[] {
  return (session.cells ?? []).filter(
    record => (record.verification ?? []).length > 0
  );
}

function top(session: Session, cost: (record: CellRecord) => number): ICost[] {
  return (session.cells ?? [])
    .map(record => ({ record, value: cost(record) }))
    .sort((a, b) => b.value - a.value)
    .slice(0, TOP);
}
