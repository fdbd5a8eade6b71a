import { visiblePoints } from '../../../src/charts/downsample';

/** Numbers by chance, the same each time. */
function* chance(seed: number): Generator<number, never> {
  let state = seed;
  for (;;) {
    state = (state * 48_271) % 2_147_483_647;
    yield state / 2_147_483_647;
  }
}

describe('visiblePoints', () => {
  it.each(Array.from({ length: 40 }, (_, index) => index + 1))(
    'should keep what can be seen (case %i)',
    seed => {
      const next = chance(seed);
      const random = () => next.next().value;
      const count = Math.floor(random() * 3000);
      const step = 0.5 + 4 * random();
      let at = 10 * random();
      const x = Array.from({ length: count }, () => (at += random() ** 4));
      const y = x.map(() =>
        random() < 0.01 ? 1e9 : Math.floor(random() * 1e6)
      );
      const kept = visiblePoints({ x, y }, step);

      expect(kept).toEqual([...new Set(kept)].sort((a, b) => a - b));
      if (count > 0) {
        expect(kept[0]).toBe(0);
        expect(kept[kept.length - 1]).toBe(count - 1);
        const span = (x[count - 1] - x[0]) / step;
        expect(kept.length).toBeLessThanOrEqual(2 * (span + 2) + 2);
      }
      const extremes = (indices: readonly number[]) => {
        const found = new Map<number, [number, number]>();
        for (const index of indices) {
          const bucket = Math.floor(x[index] / step);
          const [low, high] = found.get(bucket) ?? [Infinity, -Infinity];
          found.set(bucket, [
            Math.min(low, y[index]),
            Math.max(high, y[index])
          ]);
        }
        return found;
      };
      expect(extremes(kept)).toEqual(extremes([...x.keys()]));
    }
  );

  it('should leave short curves as they are', () => {
    expect(visiblePoints({ x: [], y: [] }, 1)).toEqual([]);
    expect(visiblePoints({ x: [3], y: [1] }, 1)).toEqual([0]);
    expect(visiblePoints({ x: [0, 0], y: [1, 2] }, 1)).toEqual([0, 1]);
    expect(visiblePoints({ x: [0, 5, 10], y: [1, 2, 1] }, 1)).toEqual([
      0, 1, 2
    ]);
  });
});
