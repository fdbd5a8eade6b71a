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
  return size > 1 - 1e-9 ? ALL : [start, start + size];
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

/** Enlarged by a factor, so that a place, a share of the whole axis, stays where it is. */
export function anchored([from, to]: Zoom, factor: number, at: number): Zoom {
  return clamped([at - (at - from) / factor, at + (to - at) / factor]);
}

/** Moved, where need be, so that a part of the axis is in view; as close as it was. */
export function showing(zoom: Zoom, [first, last]: Zoom): Zoom {
  const [from, to] = zoom;
  if (first >= from && last <= to) {
    return zoom;
  }
  const size = to - from;
  const start =
    last - first > size
      ? (first + last - size) / 2
      : first < from
        ? first
        : last - size;
  return clamped([start, start + size]);
}
