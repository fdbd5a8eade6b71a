/**
 * What the memory of a device grew by: the one definition for trees, sentences, marks and listings.
 *
 * Growth is a sum of differences between samples, and what is freed between two of them elsewhere
 * is not taken off. So no place, line or loop is ever said to have grown by more than the run's
 * memory rose at all, from its start to its peak. Pure.
 */
import { HOST, mainMemory } from './derive';
import type { CellRecord } from './_session';

/** Growth below this is the noise of an interpreter at work. Bytes. */
export const GROWTH_NOISE = 1 << 20;

/** Devices whose memory is followed; a stranger's document may have any number. */
export const MOST_DEVICES = 32;

/** Growth by device. Bytes. */
export interface IGrown {
  readonly hostBytes: number;
  readonly deviceBytes: ReadonlyMap<string, number>;
}

/** Bytes by device, from the start of a run to its peak. A device without an entry is not in it. */
export function risesOf({ memory }: CellRecord): ReadonlyMap<string, number> {
  return new Map(
    (memory ?? [])
      .slice(0, MOST_DEVICES)
      .map(({ device, allocated_before_bytes, peak_bytes }) => [
        device,
        Math.max(0, peak_bytes - allocated_before_bytes)
      ])
  );
}

/** What of `bytes` can have grown. Where no rise was measured it is all of it. */
export function held(
  bytes: number,
  device: string,
  rises: ReadonlyMap<string, number>
): number {
  return Math.min(bytes, rises.get(device) ?? Infinity);
}

/** The same for all devices, in place. */
export function holdAll<
  T extends { hostBytes: number; deviceBytes: Map<string, number> }
>(sums: T, rises: ReadonlyMap<string, number>): T {
  sums.hostBytes = held(sums.hostBytes, HOST, rises);
  for (const [device, rise] of rises) {
    if ((sums.deviceBytes.get(device) ?? 0) > rise) {
      sums.deviceBytes.set(device, rise);
    }
  }
  return sums;
}

/** Growth of one device. Bytes. */
export function growthOf(
  { hostBytes, deviceBytes }: IGrown,
  device: string
): number {
  return device === HOST ? hostBytes : (deviceBytes.get(device) ?? 0);
}

/** The device whose growth is told: the one that the work is on. `null`: none was measured. */
export function growingDevice(record: CellRecord): string | null {
  return mainMemory(record)?.device ?? null;
}
