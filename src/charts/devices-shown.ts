/** Which devices the session's timeline has rows for, and what they have. Pure. */
import type { CellRecord, Session } from '../record/_session';
import { HOST } from '../record/derive';
import type { IRunning } from '../views/state';

/** Devices that runs used, and those that are known to have been busy. */
export interface IDevicesShown {
  readonly used: ReadonlySet<string>;
  readonly busy: ReadonlySet<string>;
}

/** What devices the runs tell of. */
export function devicesShown(records: readonly CellRecord[]): IDevicesShown {
  const used = new Set<string>();
  const busy = new Set<string>();
  for (const { memory = [] } of records) {
    for (const entry of memory) {
      if (entry.peak_bytes > 0 || entry.allocated_after_bytes > 0) {
        used.add(entry.device);
      }
      if (typeof entry.utilisation === 'number') {
        busy.add(entry.device);
      }
    }
  }
  return { used, busy };
}

/** Rows for memory, and strips that say how busy devices were. */
export function countRows(
  { used, busy }: IDevicesShown,
  devices: readonly string[],
  running: IRunning | null
): { memory: number; busy: number } {
  const last = running?.samples[running.samples.length - 1];
  const shown = devices.filter(
    device => used.has(device) || (last?.devices?.[device] ?? 0) > 0
  );
  return {
    memory: shown.length,
    busy: shown.filter(device => busy.has(device)).length
  };
}

/** Bytes that each device of the session has, where that is known: what its last run saw. */
export function capacitiesOf(session: Session): Map<string, number> {
  const { environment, cells = [] } = session;
  const capacities = new Map<string, number>();
  const add = (device: string, bytes: number | null | undefined) => {
    if (typeof bytes === 'number' && bytes > 0 && !capacities.has(device)) {
      capacities.set(device, bytes);
    }
  };
  for (const { device, total_bytes } of cells[cells.length - 1]?.memory ?? []) {
    add(device, total_bytes);
  }
  add(HOST, environment.host_total_bytes);
  for (const { device, total_bytes } of environment.devices ?? []) {
    add(device, total_bytes);
  }
  return capacities;
}
