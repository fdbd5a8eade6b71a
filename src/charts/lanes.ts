/** The rows of the session's timeline: where they stand, and the range of each. Pure. */
import { formatBytes } from '../record/units';
import type { IBusyCurve } from './busy';
import type { IDeviceCurve, IPeak } from './session-curves';
import { byteTicks } from './ticks';

/** One device's row. */
export interface ILane {
  readonly device: string;
  /** From bottom to top, as shares of the chart's inner height. */
  readonly domain: readonly [number, number];
  /** The same of the strip below it that says how busy the device was; `null`: nobody knows. */
  readonly busy: readonly [number, number] | null;
  /** Bytes at its top. */
  readonly top: number;
  /** Bytes that the device has, where that line is within the row; `null`: it is not. */
  readonly ceiling: number | null;
  readonly ticks: { tickvals: number[]; ticktext: string[] };
  /** The highest peak in view; `null`: none. */
  readonly peak: IPeak | null;
}

/** Pixels at the left of the rows, for their ticks. */
export const LEFT = 58;
/** Pixels at the right of the rows. */
export const RIGHT = 6;
/** Pixels above everything. */
export const TOP = 2;
/** Pixels of the names of runs, above the rows. */
export const HEAD = 14;
/** Pixels of the ruler, below the rows. */
export const BOTTOM = 18;
/** Pixels of the name of a device, above its row. */
const TITLE = 12;
/** Pixels of a strip that says how busy a device was, and above it. */
const BUSY = 10;
const ABOVE_BUSY = 3;
/** Range of a row at least, in bytes: what is smaller is the noise of an interpreter. */
const MIN_RANGE = 4 << 20;
/** The part of its memory from which on a device's row reaches up to all of it. */
const NEAR = 0.4;
/** Pixels that two ticks are apart at least. */
const TICK = 13;

/** Height for so many rows, in pixels; the same for all sessions of a machine. */
export function timelineHeight(rows: number, busy = 0): number {
  const row = rows <= 1 ? 92 : rows <= 3 ? 62 : rows <= 5 ? 48 : 36;
  return (
    TOP + HEAD + BOTTOM + Math.max(1, rows) * row + busy * (BUSY + ABOVE_BUSY)
  );
}

/** The rows of these curves, from top to bottom. */
export function lanesOf(
  curves: readonly IDeviceCurve[],
  busy: readonly IBusyCurve[],
  capacities: ReadonlyMap<string, number>,
  range: readonly [number, number],
  height: number
): ILane[] {
  const inner = height - TOP - BOTTOM;
  const isBusy = (device: string) =>
    busy.some(curve => curve.device === device);
  const strips = curves.filter(({ device }) => isBusy(device)).length;
  const row =
    (inner - HEAD - strips * (BUSY + ABOVE_BUSY)) / Math.max(1, curves.length) -
    TITLE;
  let at = HEAD;
  return curves.map(curve => {
    const { device } = curve;
    const domain = domainOf(at + TITLE, row, inner);
    at += TITLE + row;
    let strip: ILane['busy'] = null;
    if (isBusy(device)) {
      strip = domainOf(at + ABOVE_BUSY, BUSY, inner);
      at += ABOVE_BUSY + BUSY;
    }
    const high = highest(curve);
    const capacity = capacities.get(device) ?? null;
    const isNear =
      capacity !== null && high >= NEAR * capacity && high <= capacity;
    const top = isNear ? 1.04 * capacity : niceTop(high);
    const ceiling = isNear ? capacity : null;
    const ticks = rowTicks(top, ceiling, row);
    return {
      device,
      domain,
      busy: strip,
      top,
      ceiling,
      ticks,
      peak: highestPeak(curve, range)
    };
  });
}

/** Pixels from the top of the inner height, as shares from its bottom. */
function domainOf(
  from: number,
  size: number,
  inner: number
): readonly [number, number] {
  return [
    Math.max(0, 1 - (from + size) / inner),
    Math.min(1, 1 - from / inner)
  ];
}

function highest({ y, peaks }: IDeviceCurve): number {
  return Math.max(
    y.reduce((top, bytes) => Math.max(top, bytes), 0),
    peaks.reduce((top, { bytes }) => Math.max(top, bytes), 0)
  );
}

function highestPeak(
  { peaks }: IDeviceCurve,
  [from, to]: readonly [number, number]
): IPeak | null {
  return peaks.reduce<IPeak | null>(
    (best, peak) =>
      peak.x >= from && peak.x <= to && peak.bytes > (best?.bytes ?? 0)
        ? peak
        : best,
    null
  );
}

/** A round number above, so that a curve that grows seldom changes its scale. */
function niceTop(bytes: number): number {
  const needed = Math.max(MIN_RANGE, 1.04 * bytes);
  const unit = 2 ** Math.floor(Math.log2(needed));
  return unit * ([1, 1.25, 1.5, 1.75].find(step => step * unit >= needed) ?? 2);
}

/**
 * One round number, and what the device has: the zero is the line below, and the top would meet the
 * row above.
 */
function rowTicks(
  top: number,
  ceiling: number | null,
  height: number
): { tickvals: number[]; ticktext: string[] } {
  const most = ceiling === null ? 0.86 * top : ceiling - (TICK * top) / height;
  const fits = [2, 4, 8]
    .map(count => byteTicks(0, most, count))
    .find(({ tickvals }) => tickvals.length > 1);
  return {
    tickvals: [
      ...(fits?.tickvals.slice(-1) ?? []),
      ...(ceiling === null ? [] : [ceiling])
    ],
    ticktext: [
      ...(fits?.ticktext.slice(-1) ?? []),
      ...(ceiling === null ? [] : [formatBytes(ceiling)])
    ]
  };
}
