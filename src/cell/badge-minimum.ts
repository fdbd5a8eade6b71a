/** Which runs are worth a badge. */
import type { CellRecord, MemoryEntry, Sample } from '../record/_session';
import type { ISilenced } from '../record/derive';
import { HOST, hostMemory, memoryDelta, openAdvice } from '../record/derive';
import { quietShare } from '../record/noise';
import { currentMemory } from './memory-now';

/** Devices shown; a record may hold any number. */
const DEVICES = 8;
/** Bytes of a mebibyte. */
const MEBIBYTE = 2 ** 20;

/** Below what a badge stays away; 0 leaves a number out of the question. */
export interface IMinimum {
  readonly seconds: number;
  /** Of a large device it is a ten-thousandth of its memory at least. */
  readonly mebibytes: number;
}

/** Memory of the accelerators that hold anything, the fullest first. */
export function accelerators(record: CellRecord): MemoryEntry[] {
  return (record.memory ?? [])
    .filter(entry => entry.device !== HOST && entry.peak_bytes > 0)
    .sort((a, b) => b.peak_bytes - a.peak_bytes)
    .slice(0, DEVICES);
}

/** Memory of the accelerators that the run used, the fullest first; of the host if it used none. */
export function memoryInUse(record: CellRecord): MemoryEntry[] {
  // One that merely holds what it held is no news.
  const used = accelerators(record).filter(entry => extent(entry) > 0);
  const host = hostMemory(record);
  return used.length > 0 || !host ? used : [host];
}

/** By how much the run raised the memory of a device, for good or for a while. Bytes. */
export function rise(entry: MemoryEntry): number {
  return entry.peak_bytes - entry.allocated_before_bytes;
}

/** By how much the run changed the memory of a device, for good or for a while. Bytes. */
function extent(entry: MemoryEntry): number {
  return Math.max(Math.abs(memoryDelta(entry)), rise(entry));
}

/** Whether a run is worth a badge: long or large enough, failed, with advice, or put to the test. */
export function isWorthABadge(
  record: CellRecord,
  minimum: IMinimum,
  silenced?: ISilenced
): boolean {
  const isLarge = (bytes: number) =>
    memoryInUse(record).some(
      entry => extent(entry) >= Math.max(bytes, quietShare(entry))
    );
  return (
    reaches(minimum, record.duration_s, isLarge) ||
    record.status !== 'ok' ||
    (record.verification ?? []).length > 0 ||
    openAdvice(record, silenced).length > 0
  );
}

/** Whether a cell that runs has become worth a badge. */
export function isWorthWatching(
  elapsed: number,
  samples: readonly Sample[],
  minimum: IMinimum
): boolean {
  const isLarge = (bytes: number) => {
    const [first, last] = [samples[0], samples[samples.length - 1]];
    const of = (sample?: Sample) => currentMemory(sample)?.bytes ?? 0;
    return Math.abs(of(last) - of(first)) >= bytes;
  };
  return reaches(minimum, elapsed, isLarge);
}

/** One minimum that is reached is enough: a short cell may be large, and a small one long. */
function reaches(
  { seconds, mebibytes }: IMinimum,
  duration: number,
  isLarge: (bytes: number) => boolean
): boolean {
  return (
    (seconds === 0 && mebibytes === 0) ||
    (seconds > 0 && duration >= seconds) ||
    (mebibytes > 0 && isLarge(mebibytes * MEBIBYTE))
  );
}
