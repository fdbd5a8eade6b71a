import { growthByLine } from '../../../../src/cell/editor/growth';
import {
  ENOUGH_SAMPLES,
  likelyShare,
  lineHeat
} from '../../../../src/cell/editor/heat';
import type { CellRecord, Sample } from '../../../../src/record/_session';
import { makeMemory, makeRecord } from '../../builders';

const MIB = 2 ** 20;

/** Ten samples a second, in these lines. */
const samplesOf = (lines: (number | null)[]): Sample[] =>
  lines.map((line, index) => ({
    t_s: (index + 1) / 10,
    host_bytes: 100 * MIB,
    devices: {},
    line
  }));

/** A run with its samples, counted by line as the kernel does. */
function sampled(lines: number[], changes: Partial<CellRecord> = {}) {
  const counts = new Map<number, number>();
  lines.forEach(line => counts.set(line, (counts.get(line) ?? 0) + 1));
  return makeRecord({
    source: 'slow()\nquick()\nother()',
    duration_s: lines.length / 10,
    samples: samplesOf(lines),
    lines: [...counts].map(([line, count]) => ({
      line,
      time_share: count / lines.length,
      host_growth_bytes: 0,
      device_growth_bytes: 0
    })),
    ...changes
  });
}

const times = (count: number, line: number) => Array<number>(count).fill(line);

describe('cell/editor/heat', () => {
  it('should say nothing below the number of samples that a share needs', () => {
    expect(lineHeat(sampled(times(ENOUGH_SAMPLES - 1, 1)))).toEqual([]);
    expect(lineHeat(sampled(times(ENOUGH_SAMPLES, 1)))).toHaveLength(1);
  });

  it('should count ticks, not the readings before and after the cell', () => {
    const record = sampled(times(ENOUGH_SAMPLES - 1, 1));
    const ends = (t_s: number): Sample => ({ t_s, host_bytes: 1 });
    const samples = [
      ends(0),
      ...(record.samples ?? []),
      ends(record.duration_s)
    ];
    expect(lineHeat({ ...record, samples })).toEqual([]);
  });

  it('should say nothing of a line that was met once or twice', () => {
    const heat = lineHeat(sampled([...times(25, 1), 2, 2, ...times(3, 3)]));
    expect(
      heat.map(({ line, level, samples }) => [line, level, samples])
    ).toEqual([
      [1, 4, 25],
      [3, 2, 3]
    ]);
  });

  it('should say nothing of a cell of one line, which took all there was', () => {
    const source = '# the only one\n\nslow()';
    expect(lineHeat(sampled(times(30, 3), { source }))).toEqual([]);
  });

  it('should keep what a hostile record claims within bounds', () => {
    const bad = [NaN, Infinity, -1, 1e9, 0.5];
    const record = sampled(times(30, 1), {
      lines: [
        ...bad.map((time_share, line) => ({
          line: line + 1,
          time_share,
          host_growth_bytes: NaN,
          device_growth_bytes: Infinity
        })),
        ...[0, -3, 1.5, NaN, 1e300].map(line => ({
          line,
          time_share: 1,
          host_growth_bytes: 0,
          device_growth_bytes: 0
        })),
        ...Array.from({ length: 50_000 }, (_, line) => ({
          line: line + 10,
          time_share: 0.5,
          host_growth_bytes: 0,
          device_growth_bytes: 0
        }))
      ]
    });
    const heat = lineHeat(record);
    expect(heat.length).toBeLessThanOrEqual(1000);
    expect(heat[0]).toMatchObject({ line: 4, share: 1, level: 4 });
    for (const { line, share } of heat) {
      expect(Number.isSafeInteger(line) && line >= 1).toBe(true);
      expect(share >= 0 && share <= 1).toBe(true);
    }
  });

  it('should bound a share by what its samples can tell', () => {
    const [least, most] = likelyShare(0.62, 29);
    expect(least).toBeCloseTo(0.44, 2);
    expect(most).toBeCloseTo(0.77, 2);
    expect(likelyShare(1, 20)[1]).toBe(1);
    expect(likelyShare(0, 20)[0]).toBe(0);
  });
});

describe('cell/editor/growth', () => {
  const grow = (source: string, steps: [number | null, number][]) =>
    growthByLine(
      makeRecord({
        source,
        memory: [makeMemory(), makeMemory({ device: 'cuda:0' })],
        samples: steps.map(([line, mebibytes], index) => ({
          t_s: index / 10,
          host_bytes: 0,
          devices: { 'cuda:0': mebibytes * MIB },
          line
        }))
      })
    );

  it('should sum what grew between samples that both lie in the line', () => {
    const growth = grow('a()\nb()', [
      [1, 0],
      [1, 30],
      [null, 500],
      [1, 600],
      [2, 700],
      [2, 690]
    ]);
    expect(growth.get(1)).toEqual([
      { device: 'cuda:0', bytes: 30 * MIB, inLoop: false }
    ]);
    expect(growth.get(2)?.[0].bytes).toBe(-10 * MIB);
  });

  it('should leave out what is noise', () => {
    expect(
      grow('a()\nb()', [
        [1, 0],
        [1, 0.5]
      ]).get(1)
    ).toEqual([]);
  });

  it('should say of the loop what may belong to any line of it', () => {
    const source = [
      'with x:',
      '    for step in steps:',
      '        load()',
      '',
      '        # keep',
      '        train(',
      '            step',
      '        )',
      '    else:',
      '        pass',
      'after()'
    ].join('\n');
    const growth = grow(source, [
      [3, 0],
      [3, 10],
      [6, 30],
      [3, 40],
      [10, 45],
      [11, 100],
      [11, 107]
    ]);
    expect([...growth]).toEqual([
      [2, [{ device: 'cuda:0', bytes: 45 * MIB, inLoop: true }]],
      [11, [{ device: 'cuda:0', bytes: 7 * MIB, inLoop: false }]]
    ]);
  });

  it('should leave what stands in one line with that line', () => {
    const growth = grow('for x in xs: keep(x)\nafter()', [
      [1, 0],
      [1, 5]
    ]);
    expect(growth.get(1)?.[0]).toMatchObject({ inLoop: false });
  });
});
