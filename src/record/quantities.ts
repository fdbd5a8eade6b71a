/** Numbers of a record that comparisons read. Pure. */
import { HOST } from './derive';
import type { CellRecord, Load, MemoryEntry } from './_session';

/** Devices compared at most; real machines have fewer. */
const DEVICES = 32;

/** What graphs keep after the run, in bytes; `null` where autograd was not watched. */
export function graphBytes({ grad }: CellRecord): number | null {
  return grad ? sum(grad.retained ?? [], graph => graph.saved_bytes) : null;
}

/** Host first, then devices in the order in which the runs name them. */
export function devicesOf(...records: readonly CellRecord[]): string[] {
  const devices = new Set([HOST]);
  for (const { memory = [] } of records) {
    for (const entry of memory) {
      if (isUsed(entry) && devices.size < DEVICES) {
        devices.add(entry.device);
      }
    }
  }
  return [...devices];
}

/** A device that never held anything has nothing to say. */
function isUsed(entry: MemoryEntry): boolean {
  return (
    entry.peak_bytes > 0 ||
    entry.allocated_before_bytes > 0 ||
    entry.allocated_after_bytes > 0
  );
}

/** Memory of a device in this run, or `null`. */
export function entryOf(
  { memory = [] }: CellRecord,
  device: string
): MemoryEntry | null {
  return memory.find(entry => entry.device === device) ?? null;
}

/** PyTorch calls the host's tensors the CPU's. */
export function placedOn(
  { placement }: CellRecord,
  device: string
): number | null {
  const name = device === HOST ? 'cpu' : device;
  return placement
    ? sum(
        (placement.totals ?? []).filter(total => total.device === name),
        total => total.storage_bytes
      )
    : null;
}

export function minus(
  after: number | null,
  before: number | null
): number | null {
  return after === null || before === null ? null : after - before;
}

export function sum<T>(
  items: readonly T[],
  value: (item: T) => number
): number {
  return items.reduce((total, item) => total + value(item), 0);
}

/** Bytes of the files of all loads; `null` where the size of some is not known. */
export function fileBytes(loads: readonly Load[]): number | null {
  return loads.some(({ file_bytes }) => file_bytes === null)
    ? null
    : sum(loads, ({ file_bytes }) => file_bytes ?? 0);
}
