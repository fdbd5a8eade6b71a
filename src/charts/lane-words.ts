/** What is written above the rows of the session's timeline, and where it has room. Pure. */
import { HOST } from '../record/derive';
import { formatBytes } from '../record/units';
import { deviceName } from '../views/parts/usage';
import type { ITranslate } from '../views/state';
import { plotLabel } from './label';
import type { ILane } from './lanes';
import { NARROW, widthOf } from './ruler';
import { peakMiddle } from './session-traces';

/** Pixels from which on a value is too far from its peak. */
const FAR = 40;

/**
 * What stands above a row: the name of its device, the value of its peak, and what it has. Where
 * the last would drive the value too far from its peak, it gives way.
 */
export function wordsOf(
  lane: ILane,
  capacities: ReadonlyMap<string, number>,
  pixel: number,
  from: number,
  width: number,
  trans: ITranslate
): { name: string; limit: string; middle: number | null } {
  const name = nameOf(lane, trans);
  // Where there is little room the names and the peaks have it: the list of devices has limits, too.
  const limit = width < NARROW ? '' : limitOf(lane, capacities, trans);
  const x = ((lane.peak?.x ?? 0) - from) / pixel;
  const end = width - widthOf(limit);
  const beside = peakMiddle(lane, [widthOf(name), end], x, width);
  const isNear = beside !== null && Math.abs(beside - x) <= FAR;
  const middle =
    isNear || !lane.peak
      ? beside
      : peakMiddle(lane, [widthOf(name), width], x, width);
  return {
    name,
    limit: isNear || middle === null ? limit : '',
    middle: middle === null ? null : from + middle * pixel
  };
}

/** A device as the chart shows it. */
function nameOf({ device }: ILane, trans: ITranslate): string {
  return plotLabel(device === HOST ? deviceName(device, trans) : device, 20);
}

/** What a device has, where no line says that; empty where that is not known. */
function limitOf(
  { device, ceiling }: ILane,
  capacities: ReadonlyMap<string, number>,
  trans: ITranslate
): string {
  const capacity = capacities.get(device);
  return ceiling !== null || capacity === undefined
    ? ''
    : trans.__('limit %1', formatBytes(capacity));
}
