import { HOST, hostMemory } from '../../record/derive';
import type {
  CellRecord,
  DeviceMemory,
  MemoryEntry,
  Session
} from '../../record/_session';
import type { IRunning, ITranslate } from '../state';

/** Seconds. */
const SHORT = 0.1;
/** Runs that are looked back at, for what the last was too short for. */
const LOOK = 50;

/** Memory of one device as it was last seen; `null` where nobody could tell. Bytes. */
export interface IUsage {
  readonly device: string;
  /** The maker's name of it, or `null` for the host. */
  readonly name: string | null;
  readonly used: number;
  /** Held by PyTorch's caching allocator, `used` among it. */
  readonly reserved: number | null;
  readonly others: number | null;
  readonly total: number | null;
  /**
   * Share of the time in which the device was busy, 0 to 1, where the driver tells; `null`: it has
   * told before, and not yet in this run.
   */
  readonly busy?: number | null;
  /** Of the host: cores at work in this process, and those that it may use. */
  readonly cores?: { readonly busy: number; readonly count: number | null };
}

/** From this part of a device's memory on, it is nearly full. */
const NEARLY_FULL = 0.9;

/** What `isNearlyFull` needs to know of a device. */
export type IFilled = Pick<IUsage, 'device' | 'used' | 'others' | 'total'>;

/** The part of a device that this program's next tensors cannot have, 0 to 1, where it is known. */
export function fullness({ used, others, total }: IFilled): number | null {
  return total === null || total <= 0 ? null : (used + (others ?? 0)) / total;
}

/** Whether an accelerator is nearly full. The host has a system that looks after it. */
export function isNearlyFull(usage: IFilled): boolean {
  return usage.device !== HOST && (fullness(usage) ?? 0) >= NEARLY_FULL;
}

/**
 * Every device of the session, the host first: from the last sample, else from what was found
 * after the last run or the action that followed it.
 */
export function deviceUsage(
  session: Session,
  running: IRunning | null
): IUsage[] {
  const sample = running?.samples[running.samples.length - 1];
  const environment = session.environment;
  const host = lastEntry(session, HOST);
  const now = memoryNow(session);
  const usage: IUsage[] = [];
  if (sample || host) {
    usage.push({
      device: HOST,
      name: null,
      used:
        sample?.host_bytes ??
        now.get(HOST)?.used_bytes ??
        host?.allocated_after_bytes ??
        0,
      reserved: null,
      others: null,
      total: host?.total_bytes ?? environment.host_total_bytes ?? null,
      cores: coresAtWork(session, running)
    });
  }
  for (const { device, name, total_bytes } of environment.devices ?? []) {
    const entry = lastEntry(session, device);
    const found = now.get(device);
    const used =
      sample?.devices?.[device] ??
      found?.used_bytes ??
      entry?.allocated_after_bytes ??
      0;
    const reserved =
      found?.reserved_bytes ?? entry?.reserved_after_bytes ?? null;
    usage.push({
      device,
      name,
      used,
      // The allocator grows while a cell runs: what is used is reserved at least.
      reserved: reserved === null ? null : Math.max(reserved, used),
      others: entry?.other_processes_bytes ?? null,
      total: entry?.total_bytes ?? total_bytes ?? null,
      busy:
        (running ? lastBusy(running.samples, device) : entry?.utilisation) ??
        (hasBeenTold(session, device) ? null : undefined)
    });
  }
  return usage;
}

/** Of the running cell its last second, else of the last run that was long enough. */
function coresAtWork(
  session: Session,
  running: IRunning | null
): IUsage['cores'] {
  const count = session.environment.cpu_count ?? null;
  const timed = (running?.samples ?? []).filter(
    ({ cpu_s }) => typeof cpu_s === 'number'
  );
  const last = timed[timed.length - 1];
  if (last) {
    // Both clocks begin with the cell.
    const start = { t_s: 0, cpu_s: 0 };
    const first = timed.find(({ t_s }) => t_s >= last.t_s - 1) ?? start;
    const from = first === last || last.t_s <= 1 ? start : first;
    const seconds = last.t_s - from.t_s;
    return seconds > 0
      ? { busy: ((last.cpu_s ?? 0) - (from.cpu_s ?? 0)) / seconds, count }
      : undefined;
  }
  // Of a short cell the clock of processor time says little.
  const cells = session.cells ?? [];
  for (let i = cells.length - 1; i >= Math.max(0, cells.length - LOOK); i--) {
    const { cpu_s, duration_s, former } = cells[i];
    if (typeof cpu_s === 'number' && duration_s >= SHORT && !former) {
      return { busy: cpu_s / duration_s, count };
    }
  }
  return undefined;
}

/** Whether the driver says how busy this device is: it does not of short runs. */
function hasBeenTold({ cells = [] }: Session, device: string): boolean {
  return cells
    .slice(-LOOK)
    .some(({ memory = [] }) =>
      memory.some(
        entry =>
          entry.device === device && typeof entry.utilisation === 'number'
      )
    );
}

/** The driver is not asked with every sample. */
function lastBusy(
  samples: IRunning['samples'],
  device: string
): number | undefined {
  for (let i = samples.length - 1; i >= 0; i--) {
    const busy = samples[i].utilisation?.[device];
    if (busy !== undefined) {
      return busy;
    }
  }
  return undefined;
}

/** What was found on each device since the last run; empty where nothing was. */
function memoryNow(session: Session): ReadonlyMap<string, DeviceMemory> {
  const { memory_now } = session;
  const last = lastRun(session);
  // Between the end of a run and the news of what it left, the news are those of the run before.
  const isOfLast = last !== null && memory_now?.run_id === last.run_id;
  return new Map(
    (isOfLast ? (memory_now?.devices ?? []) : []).map(one => [one.device, one])
  );
}

function lastEntry(session: Session, device: string): MemoryEntry | null {
  const record = lastRun(session);
  if (!record) {
    return null;
  }
  return device === HOST
    ? hostMemory(record)
    : ((record.memory ?? []).find(entry => entry.device === device) ?? null);
}

/** The last run, unless the kernel was restarted since: it knows nothing of what is there now. */
function lastRun({ cells = [] }: Session): CellRecord | null {
  const last = cells[cells.length - 1];
  return !last || last.former ? null : last;
}

/** A device as people say it: PyTorch's name, and a word for the host. */
export function deviceName(device: string, trans: ITranslate): string {
  return device === HOST ? trans.__('Host') : device;
}

/** Devices that have a colour of their own; the next begin again. */
export const DEVICE_HUES = 5;

/**
 * The place of a device's colour, as `data-device` has it; `"mixed"` for one that nobody knows.
 *
 * @param devices - in the order that gives them their colours
 */
export function deviceHue(
  device: string | null,
  devices: readonly string[]
): number | 'mixed' {
  // Tensors on the CPU have the colour of the host.
  const place = devices.indexOf(device === 'cpu' ? HOST : (device ?? ''));
  return place < 0 ? 'mixed' : place % DEVICE_HUES;
}

/** Host and devices of a session, in the order that gives them their colours. */
export function deviceOrder(session: Session): string[] {
  return [
    HOST,
    ...(session.environment.devices ?? []).map(({ device }) => device)
  ];
}
