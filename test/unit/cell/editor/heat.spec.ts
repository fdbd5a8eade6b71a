import { growthByLine } from '../../../../src/cell/editor/growth';
import {
  ENOUGH_SAMPLES,
  likelyShare,
  lineHeat
} from '../../../../src/cell/editor/heat';
import type { CellRecord, Place } from '../../../../src/record/_session';
import type { ICost } from '../../../../src/record/places';
import { at, linesOf, makeMemory, makeRecord } from '../../builders';

const MIB = 2 ** 20;

/** A run with its looks, counted by line as the kernel does. */
function sampled(lines: number[], changes: Partial<CellRecord> = {}) {
  const counts = new Map<number, number>();
  lines.forEach(line => counts.set(line, (counts.get(line) ?? 0) + 1));
  return makeRecord({
    source: 'slow()\nquick()\nother()',
    duration_s: lines.length / 10,
    places: [...counts].map(([line, samples]) => placeOf(line, samples)),
    stack_samples: lines.length,
    ...changes
  });
}

/** A line at the top of the text that `makeRecord` gives a run. */
const placeOf = (
  line: number,
  samples: number,
  changes: Partial<Place> = {}
): Place => ({
  parent: null,
  kind: 'cell',
  source_hash: makeRecord().source_hash,
  line,
  samples,
  ...changes
});

const times = (count: number, line: number) => Array<number>(count).fill(line);

describe('cell/editor/heat', () => {
  it('should say nothing below the number of samples that a share needs', () => {
    expect(lineHeat(sampled(times(ENOUGH_SAMPLES - 1, 1)))).toEqual([]);
    expect(lineHeat(sampled(times(ENOUGH_SAMPLES, 1)))).toHaveLength(1);
  });

  it('should name the hottest line where it stands out', () => {
    const hottest = (...looks: [number, number][]) =>
      lineHeat(sampled(looks.flatMap(([count, line]) => times(count, line))))
        .filter(({ isHottest }) => isHottest)
        .map(({ line }) => line);
    expect(hottest([40, 2], [20, 1])).toEqual([2]);
    expect(hottest([25, 1], [24, 2], [24, 3], [24, 4])).toEqual([]);
  });

  it('should name the innermost line, in whatever cell it stands', () => {
    const text = makeRecord({
      source: 'def f():\n    slow()',
      source_hash: 'f'.repeat(64)
    });
    const user = sampled([], {
      source: 'f()\nother()',
      stack_samples: 40,
      places: [
        placeOf(1, 0),
        placeOf(2, 40, { parent: 0, source_hash: text.source_hash })
      ]
    });
    const [outer] = lineHeat(user);
    expect(outer).toMatchObject({ line: 1, share: 1, isHottest: false });
    const [inner] = lineHeat(user, text);
    expect(inner).toMatchObject({ line: 2, share: 1, isHottest: true });
  });

  it('should mark growth by device, and the host of a run that has no other', () => {
    const levels = (...grown: [number, number][]) =>
      lineHeat(
        sampled([], {
          stack_samples: 40,
          memory: ['host', 'cuda:0'].map(device =>
            makeMemory({ device, peak_bytes: 2000 * MIB })
          ),
          places: grown.map(([host, cuda], index) =>
            placeOf(index + 1, 1, {
              host_growth_bytes: host * MIB,
              device_growth_bytes: cuda ? { 'cuda:0': cuda * MIB } : {}
            })
          )
        })
      ).map(({ line, growthLevel }) => [line, growthLevel]);
    expect(levels([8, 0], [0, 1000])).toEqual([[2, 4]]);
    expect(levels([8, 600], [0, 400])).toEqual([
      [1, 4],
      [2, 3]
    ]);
    expect(levels([8, 0])).toEqual([[1, 4]]);
  });

  it('should count looks that met none of the places', () => {
    const [heat] = lineHeat(sampled(times(30, 1), { stack_samples: 60 }));
    expect([heat.share, heat.samples, heat.total]).toEqual([0.5, 30, 60]);
  });

  it('should say of a text what another cell that used it took there', () => {
    const text = makeRecord({
      source: 'def f():\n    slow()',
      source_hash: 'f'.repeat(64)
    });
    const of = { source_hash: text.source_hash, function: 'f' };
    const user = sampled(times(10, 1), {
      source: 'f()',
      duration_s: 4,
      places: [placeOf(1, 10), { ...placeOf(2, 30, of), parent: 0 }],
      stack_samples: 40
    });
    expect(lineHeat(user, text)).toMatchObject([
      { line: 2, share: 0.75, level: 4, samples: 30, seconds: 4, by: user }
    ]);
    // Of itself there is nothing to say: it is one line.
    expect(lineHeat(user)).toEqual([]);
    expect(lineHeat(text)).toEqual([]);
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
    const bad = [NaN, Infinity, -1, 1e9, 30];
    const heat = lineHeat(
      sampled(times(30, 1), {
        places: [
          ...bad.map((samples, line) =>
            placeOf(line + 1, samples, {
              host_growth_bytes: NaN,
              device_growth_bytes: { x: Infinity }
            })
          ),
          ...[0, -3, 1.5, NaN, 1e300].map(line => placeOf(line, 30)),
          ...Array.from({ length: 50_000 }, (_, line) =>
            placeOf(line + 10, 5000)
          )
        ]
      })
    );
    expect(heat.length).toBeLessThanOrEqual(1000);
    expect(heat.length).toBeGreaterThan(0);
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
  const grow = (source: string, steps: [number | null, number][]) => {
    const record = makeRecord({
      source,
      memory: [
        makeMemory(),
        makeMemory({ device: 'cuda:0', peak_bytes: 1000 * MIB })
      ],
      samples: steps.map(([line, mebibytes], index) => ({
        t_s: index / 10,
        host_bytes: 0,
        devices: { 'cuda:0': mebibytes * MIB },
        place: line === null ? null : at(line)
      })),
      source_hash: 'h',
      places: linesOf('h', 12)
    });
    return growthByLine(record, record, new Map());
  };

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

  it('should take that of functions from their places, loops as a whole', () => {
    const source =
      'def f():\n    a()\n    for x in xs:\n        b()\n        c()';
    const text = makeRecord({ source, source_hash: 'f'.repeat(64) });
    const cost = (mebibytes: number): ICost => ({
      looks: 1,
      hostBytes: 0,
      deviceBytes: new Map([['cuda:0', mebibytes * MIB]])
    });
    const growth = growthByLine(
      makeRecord(),
      text,
      new Map([
        [2, cost(0.5)],
        [4, cost(3)],
        [5, cost(4)]
      ])
    );
    expect([...growth]).toEqual([
      [2, []],
      [3, [{ device: 'cuda:0', bytes: 7 * MIB, inLoop: true }]]
    ]);
  });
});
