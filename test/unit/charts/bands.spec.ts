import { bandAt, bandsOf, liveSpan, xOf } from '../../../src/charts/bands';
import { ALL, around, clamped } from '../../../src/charts/zoom';

const run = (started: number, duration: number) => ({ started, duration });

describe('bandsOf', () => {
  it('should have widths by time', () => {
    const [one, other] = bandsOf([run(0, 30), run(30, 10)], 400);
    expect(one.from).toBe(0);
    expect(other.to).toBeCloseTo(400);
    const least = 10;
    expect((one.to - one.from - least) / (other.to - other.from - least)).toBe(
      3
    );
  });

  it('should leave room for runs that took no time', () => {
    const bands = bandsOf([run(0, 3600), run(3600, 0), run(3600, 0.001)], 300);
    expect(bands[1].to - bands[1].from).toBeCloseTo(10);
    expect(bands[2].to).toBeCloseTo(300);
  });

  it('should cut pauses, however long', () => {
    const night = bandsOf([run(0, 1), run(30_000, 1)], 300);
    const minute = bandsOf([run(0, 1), run(60, 1)], 300);
    const none = bandsOf([run(0, 1), run(1.5, 1)], 300);
    expect(night[1].from - night[0].to).toBe(6);
    expect(minute[1].from - minute[0].to).toBe(6);
    expect(none[1].from - none[0].to).toBe(0);
  });

  it.each([1, 2, 50, 1000, 5000])('should hold %i runs in order', count => {
    const runs = Array.from({ length: count }, (_, i) =>
      run(i * 100, (i * 7919) % 13)
    );
    const bands = bandsOf(runs, 280);
    expect(bands).toHaveLength(count);
    let at = 0;
    for (const { from, to } of bands) {
      expect(from).toBeGreaterThanOrEqual(at - 1e-9);
      expect(to).toBeGreaterThan(from);
      at = to;
    }
    expect(at).toBeCloseTo(280);
  });

  it('should keep the places of past runs while a cell runs', () => {
    const past = [run(0, 3), run(3, 5)];
    const early = bandsOf(past, 300, run(10, 0.5));
    const later = bandsOf(past, 300, run(10, 9));
    expect(early).toEqual(later);
    expect(early[2].to).toBe(300);
    expect(bandsOf([], 300, run(0, 1))).toMatchObject([{ from: 0, to: 300 }]);
  });

  it('should bear clocks that were set back, and nonsense', () => {
    const bands = bandsOf([run(100, 1), run(50, 1)], 300);
    expect(bands[1].from).toBeGreaterThanOrEqual(bands[0].to);
    expect(bandsOf([], 300)).toEqual([]);
  });
});

describe('places on the axis', () => {
  const bands = bandsOf([run(0, 10), run(100, 10), run(200, 10)], 300);

  it('should find moments and runs', () => {
    expect(xOf(bands[0], 0)).toBe(bands[0].from);
    expect(xOf(bands[0], 10)).toBe(bands[0].to);
    expect(xOf(bands[0], 99)).toBe(bands[0].to);
    expect(bands.map(({ from, to }) => bandAt(bands, (from + to) / 2))).toEqual(
      [0, 1, 2]
    );
    expect(bandAt(bands, -5)).toBe(0);
    expect(bandAt(bands, 1e6)).toBe(2);
    expect(bandAt([], 0)).toBe(-1);
  });

  it('should double the span of a running cell as often as need be', () => {
    expect([0, 3, 10, 10.1, 39, 41].map(liveSpan)).toEqual([
      10, 10, 10, 20, 40, 80
    ]);
  });
});

describe('zoom', () => {
  it('should stay within the axis', () => {
    expect(clamped([-1, 2])).toBe(ALL);
    expect(clamped([0.9, 1.1])).toEqual([0.8, 1].map(x => expect.closeTo(x)));
    expect(around(ALL, 2)).toEqual([0.25, 0.75]);
    expect(around(ALL, 2, 0)).toEqual([0, 0.5]);
    expect(around([0.25, 0.75], 0.5)).toBe(ALL);
    const [from, to] = around([0.5, 0.5001], 1e6);
    expect(to).toBeGreaterThan(from);
  });
});
