import { runDigest } from '../../../src/charts/digest';
import { at, linesOf } from '../builders';
import type { Sample } from '../../../src/record/_session';

function samples(count: number): Sample[] {
  return Array.from({ length: count }, (_, index): Sample => ({
    t_s: index / 10,
    host_bytes: 100 + (index % 7),
    devices: index % 2 ? { 'cuda:0': index === 333 ? 1e9 : 50 } : {},
    place: at(1 + (index % 3))
  }));
}

const runOf = (count: number) => ({
  samples: samples(count),
  places: linesOf('h'),
  source_hash: 'h'
});

describe('runDigest', () => {
  it('should keep the highest sample, with its time and line', () => {
    const { t, y, line } = runDigest(runOf(600), 'cuda:0', 60, 3);
    expect(t.length).toBeLessThan(2 * 17 + 2);
    const at = y.indexOf(1e9);
    expect(t[at]).toBe(33.3);
    expect(line[at]).toBe(1);
    expect(Math.min(...y)).toBe(50);
  });

  it('should have more points where the run is drawn wider', () => {
    const run = runOf(600);
    const narrow = runDigest(run, 'host', 60, 1);
    const wide = runDigest(run, 'host', 60, 1000);
    expect(narrow.t.length).toBeLessThan(40);
    expect(wide.t).toEqual(run.samples.map(({ t_s }) => t_s));
  });

  it('should be made once for widths that are nearly the same', () => {
    const run = runOf(600);
    const first = runDigest(run, 'host', 60, 9);
    expect(runDigest(run, 'host', 60, 12)).toBe(first);
    expect(runDigest(run, 'cuda:0', 60, 12)).not.toBe(first);
  });

  it('should do with runs of no length, without samples, and of many', () => {
    expect(runDigest({ source_hash: '' }, 'host', 1, 1).t).toEqual([]);
    expect(runDigest(runOf(3), 'host', 0, 1).t).toEqual([0, 0.1, 0.2]);
    const many = runDigest(runOf(5000), 'host', 500, 1e4);
    expect(many.t).toHaveLength(5000);
  });
});
