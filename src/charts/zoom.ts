/** Which part of an axis is shown, as shares of the whole. Pure. */
export type Zoom = readonly [number, number];

/** The whole axis. */
export const ALL: Zoom = [0, 1];

/** Closer than this nothing more is to be seen. */
const CLOSEST = 1e-4;

/** A part within the axis; the whole of it is `ALL` itself. */
export function clamped([from, to]: Zoom): Zoom {
  const size = Math.min(1, Math.max(CLOSEST, to - from));
  const start = Math.min(1 - size, Math.max(0, from));
  return size === 1 ? ALL : [start, start + size];
}

/**
 * Enlarged by a factor around a place.
 *
 * @param middle - a share of the whole axis; without it the middle of what is shown
 */
export function around(
  [from, to]: Zoom,
  factor: number,
  middle = (from + to) / 2
): Zoom {
  const half = (to - from) / factor / 2;
  return clamped([middle - half, middle + half]);
}
