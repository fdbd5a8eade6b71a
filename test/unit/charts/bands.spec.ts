import {
  bandAt,
  bandsOf,
  liveSpan,
  secondsAt,
  xOf
} from '../../../src/charts/bands';
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

  it('should keep the places of past runs when a cell starts, runs and ends', () => {
    const past = [0, 10, 20, 30, 40, 50].map(start => run(start, 10));
    const last = past.length - 1;
    const before = bandsOf(past, 300, { grows: true });
    const early = bandsOf(past, 300, { live: run(60, 0.5), grows: true });
    const later = bandsOf(past, 300, { live: run(60, 700), grows: true });
    const after = bandsOf([...past, run(60, 5)], 300, { grows: true });
    expect(early.slice(0, -1)).toEqual(before);
    expect(later.slice(0, -1)).toEqual(before);
    expect(after.slice(0, -1)).toEqual(before);
    expect(early[last + 1]).toMatchObject({ from: before[last].to, to: 300 });
    expect(after[last + 1].from).toBe(before[last].to);
    expect(bandsOf([], 300, { live: run(0, 1) })).toMatchObject([
      { from: 0, to: 300 }
    ]);
  });

  it('should seldom move what is past, as a session grows', () => {
    const places = new Set<string>();
    const runs: ReturnType<typeof run>[] = [];
    for (let index = 0; index < 64; index++) {
      runs.push(run(index, 1));
      const bands = bandsOf(runs, 300, { grows: true });
      places.add(`${bands[0].to}`);
      expect(bands[index].to).toBeLessThanOrEqual(0.75 * 300 + 1e-9);
    }
    expect(places.size).toBeLessThan(20);
    expect(bandsOf(runs, 300, { grows: true })[63].to).toBeGreaterThan(
      0.4 * 300
    );
  });

  it('should leave the running cell room beside any past', () => {
    for (const past of [[run(0, 1e6)], [run(0, 0)], [run(0, 1), run(9e9, 1)]]) {
      const end = past[past.length - 1];
      const started = end.started + end.duration + 100;
      const live = { live: run(started, 1), grows: true };
      const bands = bandsOf(past, 300, live);
      const { from, to } = bands[bands.length - 1];
      expect(to - from).toBeGreaterThan(60);
      expect(from).toBeGreaterThan(bands[bands.length - 2].to);
    }
  });

  it('should have the same width for each run where that is wanted', () => {
    const runs = [run(0, 3600), run(3600, 0.1), run(9000, 1)];
    const widths = bandsOf(runs, 306, { isEqual: true }).map(
      ({ from, to }) => to - from
    );
    expect(widths).toEqual([100, 100, 100].map(x => expect.closeTo(x)));
    const growing = { isEqual: true, grows: true };
    const before = bandsOf(runs, 306, growing);
    const live = { ...growing, live: run(9001, 3) };
    expect(bandsOf(runs, 306, live).slice(0, 3)).toEqual(before);
    expect(before[2].to).toBeLessThan(0.76 * 306);
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
    expect(secondsAt(bands[1], xOf(bands[1], 4))).toBeCloseTo(4);
    expect(secondsAt(bands[1], -5)).toBe(0);
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
