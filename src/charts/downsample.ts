/** A curve in as many points as can be seen. Pure. */

/** Points of a curve; `x` does not fall. */
export interface ICurve {
  readonly x: ArrayLike<number>;
  readonly y: ArrayLike<number>;
}

/**
 * At most two points for each step of the axis, the lowest and the highest in it, so that no peak
 * vanishes; the first and the last point stay.
 *
 * @param step - of the axis of `x`, usually a pixel; 0: each place stands for itself
 * @returns indices of the points that are kept, in order
 */
export function visiblePoints({ x, y }: ICurve, step: number): number[] {
  const count = x.length;
  if (count <= 2) {
    return Array.from({ length: count }, (_, index) => index);
  }
  const kept: number[] = [];
  const keep = (index: number) => {
    if (kept[kept.length - 1] !== index) {
      kept.push(index);
    }
  };
  keep(0);
  let low = 0;
  let high = 0;
  const bucketOf = (place: number) =>
    step > 0 ? Math.floor(place / step) : place;
  let bucket = bucketOf(x[0]);
  const close = () => {
    keep(Math.min(low, high));
    keep(Math.max(low, high));
  };
  for (let index = 1; index < count; index++) {
    const next = bucketOf(x[index]);
    if (next !== bucket) {
      close();
      bucket = next;
      low = high = index;
    } else if (y[index] < y[low]) {
      low = index;
    } else if (y[index] > y[high]) {
      high = index;
    }
  }
  close();
  keep(count - 1);
  return kept;
}
