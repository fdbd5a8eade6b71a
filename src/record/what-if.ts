/**
 * Memory of a step with a batch of another size, from what stood at the moments that may be its
 * peak. Blocks whose sizes do not tell how they grow leave a least and a most. Pure.
 */
import type {
  CellRecord,
  DeepCheckpoint,
  DeepMemory,
  DeepMoment,
  DeepPart,
  DeepProfile
} from './_session';

export const GIB = 1024 ** 3;
/** Memory of usual devices, in bytes. */
const USUAL = [8, 16, 24, 80].map(gib => gib * GIB);
/** A batch of more is not looked for. */
const MOST = 1 << 24;
const HOST = 'cpu';
const HALF = 2;

/** What a step may get instead. */
export interface IWhatIf {
  batch: number;
  /** Of sequences; `null`: as it is. */
  length: number | null;
  /** Parameters and all that is computed with them in half precision. */
  half: boolean;
  /** Which of the memory's checkpoints it makes; `null`: none. */
  checkpoint?: number | null;
}

/** Bytes of a category: not less than, and not more than. */
export interface IShare {
  readonly category: string;
  readonly least: number;
  readonly most: number;
}

/** The peak of a step. */
export interface IPeak {
  readonly least: number;
  readonly most: number;
  /** What goes on then. */
  readonly phase: string;
  /** The largest first. */
  readonly shares: readonly IShare[];
}

export type Fit = 'fits' | 'exceeds' | 'unknown';

/** What a device has room for. */
export interface IRoom {
  readonly bytes: number;
  /** The device's own name; `null`: a usual size. */
  readonly device: string | null;
  readonly fit: Fit;
  /** The largest batch that certainly fits; 0: none. `null`: the batch does not matter. */
  readonly batch: number | null;
}

/** The memory to tell of: an accelerator's, where the step has used one. */
export function memoryOf({ memory }: DeepProfile): DeepMemory | null {
  const told = (memory ?? []).filter(({ moments }) => moments?.length);
  const onDevices = told.filter(({ device }) => device !== HOST);
  return (
    [...(onDevices.length ? onDevices : told)].sort(
      (a, b) => measuredPeak(b) - measuredPeak(a)
    )[0] ?? null
  );
}

/** Whether other sizes can be reckoned with; `null`: yes. */
export function whyNot(deep: DeepProfile): 'sizes' | 'one' | null {
  const { batch_size } = deep;
  return typeof batch_size !== 'number'
    ? 'sizes'
    : batch_size < 2
      ? 'one'
      : null;
}

/** Bytes that stood at the peak of the step that was recorded. */
export function measuredPeak({ moments }: DeepMemory): number {
  return (moments?.[0]?.parts ?? []).reduce(
    (sum, { held_bytes }) => sum + held_bytes,
    0
  );
}

/** The peak of a step with other sizes. */
export function peakOf(
  deep: DeepProfile,
  memory: DeepMemory,
  what: IWhatIf
): IPeak {
  const batch = what.batch / (deep.batch_size || 1);
  const length =
    what.length === null || !deep.sequence_length
      ? 1
      : what.length / deep.sequence_length;
  const grown = (moments: readonly DeepMoment[] | undefined) =>
    (moments ?? []).map(moment => peakAt(moment, batch, length, what.half));
  const way = checkpointOf(memory, what);
  const peaks = grown((way ?? memory).moments);
  const lowest = way ? grown(way.least) : peaks;
  const highest = peaks.reduce<IPeak | null>(
    (best, peak) =>
      best === null || peak.least + peak.most > best.least + best.most
        ? peak
        : best,
    null
  );
  return {
    least: Math.max(0, ...lowest.map(({ least }) => least)),
    most: Math.max(0, ...peaks.map(({ most }) => most)),
    phase: highest?.phase ?? 'other',
    shares: highest?.shares ?? []
  };
}

/** The checkpoints that a step would make; `null`: none. */
function checkpointOf(
  { checkpoints }: DeepMemory,
  { checkpoint }: IWhatIf
): DeepCheckpoint | null {
  return checkpoints?.[checkpoint ?? -1] ?? null;
}

/** Whether a peak fits into so many bytes. */
export function fitOf({ least, most }: IPeak, bytes: number): Fit {
  return most <= bytes ? 'fits' : least > bytes ? 'exceeds' : 'unknown';
}

/** What the run's own devices have room for, and then usual ones. */
export function roomsOf(
  record: CellRecord,
  deep: DeepProfile,
  memory: DeepMemory,
  what: IWhatIf
): IRoom[] {
  const peak = peakOf(deep, memory, what);
  const own = (record.memory ?? [])
    .filter(({ device, total_bytes }) => device !== 'host' && !!total_bytes)
    .map(({ device, total_bytes }) => ({ device, bytes: total_bytes! }));
  const usual = USUAL.map(bytes => ({ device: null, bytes }));
  return [...own, ...usual].map(({ device, bytes }) => ({
    device,
    bytes,
    fit: fitOf(peak, bytes),
    batch: largestBatch(deep, memory, what, bytes)
  }));
}

/** Bytes at the measured peak that grow faster than the batch or the sequences. */
export function squareBytes(
  { moments }: DeepMemory,
  of: 'batch' | 'length'
): number {
  return (moments?.[0]?.parts ?? [])
    .filter(part => (part[of] ?? 0) > 1)
    .reduce((sum, { held_bytes }) => sum + held_bytes, 0);
}

/** Bytes at the measured peak of which the sizes do not tell how they grow. */
export function untoldBytes({ moments }: DeepMemory): number {
  return (moments?.[0]?.parts ?? [])
    .filter(part => mostOf(part, 'batch') > (part.batch ?? 0))
    .reduce((sum, { held_bytes }) => sum + held_bytes, 0);
}

function largestBatch(
  deep: DeepProfile,
  memory: DeepMemory,
  what: IWhatIf,
  bytes: number
): number | null {
  const isIn = (batch: number) =>
    peakOf(deep, memory, { ...what, batch }).most <= bytes;
  if (!isIn(1)) {
    return 0;
  }
  let [fits, exceeds] = [1, 2];
  while (isIn(exceeds)) {
    if (exceeds >= MOST) {
      return null;
    }
    [fits, exceeds] = [exceeds, exceeds * 2];
  }
  while (exceeds - fits > 1) {
    const middle = Math.floor((fits + exceeds) / 2);
    [fits, exceeds] = isIn(middle) ? [middle, exceeds] : [fits, middle];
  }
  return fits;
}

function peakAt(
  { phase, parts }: DeepMoment,
  batch: number,
  length: number,
  half: boolean
): IPeak {
  const sums = new Map<string, { least: number; most: number }>();
  for (const part of parts ?? []) {
    const one =
      part.held_bytes *
      batch ** (part.batch ?? 0) *
      length ** (part.length ?? 0);
    const other =
      part.held_bytes *
      batch ** mostOf(part, 'batch') *
      length ** mostOf(part, 'length');
    const scale =
      half && (part.floating ?? 0) > HALF ? HALF / part.floating! : 1;
    const sum = sums.get(part.category) ?? { least: 0, most: 0 };
    sums.set(part.category, {
      least: sum.least + scale * Math.min(one, other),
      most: sum.most + scale * Math.max(one, other)
    });
  }
  const shares = [...sums].map(([category, sum]) => ({ category, ...sum }));
  return {
    phase,
    least: shares.reduce((sum, share) => sum + share.least, 0),
    most: shares.reduce((sum, share) => sum + share.most, 0),
    shares: shares.sort((a, b) => b.most - a.most)
  };
}

function mostOf(part: DeepPart, of: 'batch' | 'length'): number {
  return (of === 'batch' ? part.most_batch : part.most_length) ?? part[of] ?? 0;
}
