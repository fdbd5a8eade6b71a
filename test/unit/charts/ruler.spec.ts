import { bandsOf, secondsAt, spanOf } from '../../../src/charts/bands';
import {
  pauseMarks,
  runMarks,
  timeTicks,
  widthOf
} from '../../../src/charts/ruler';
import type { CellRecord } from '../../../src/record/_session';
import { makeRecord } from '../fixtures/records';

const WIDTH = 800;

/** Runs one after the other; their durations in seconds. */
function runsOf(durations: readonly number[], pause = 0): CellRecord[] {
  let started_at = 1000;
  return durations.map((duration_s, index) => {
    const record = makeRecord({
      run_id: `run-${index}`,
      execution_count: index + 1,
      started_at,
      duration_s
    });
    started_at += duration_s + pause;
    return record;
  });
}

function viewOf(
  runs: readonly CellRecord[],
  width = WIDTH,
  [from, to]: readonly [number, number] = [0, 1],
  isEqual = false
) {
  const bands = bandsOf(runs.map(spanOf), width, { isEqual });
  return { bands, range: [from * width, to * width] as const, width };
}

/** Pixels of the screen that words take, from left to right. */
function extents(
  marks: readonly { x: number; text: string }[],
  { range, width }: ReturnType<typeof viewOf>
): [number, number][] {
  const zoom = width / (range[1] - range[0]);
  return marks
    .map(({ x, text }): [number, number] => {
      const [middle, half] = [(x - range[0]) * zoom, widthOf(text) / 2];
      return [middle - half, middle + half];
    })
    .sort(([a], [b]) => a - b);
}

function expectApart(extents: readonly [number, number][]): void {
  extents.slice(1).forEach(([from], index) => {
    expect(from).toBeGreaterThanOrEqual(extents[index][1]);
  });
}

describe('timeTicks', () => {
  it('should have fewer words the less room there is, further apart', () => {
    const runs = runsOf([20, 20, 20]);
    const view = viewOf(runs, 160);
    const gaps = extents(timeTicks(view), view);
    expect(gaps.length).toBeGreaterThan(1);
    gaps.slice(1).forEach(([from], index) => {
      expect(from - gaps[index][1]).toBeGreaterThanOrEqual(15);
    });
  });

  it('should say the time in each run, beside cut pauses', () => {
    const runs = runsOf([60, 120], 9000);
    const view = viewOf(runs);
    const ticks = timeTicks(view);
    expect(ticks.length).toBeGreaterThan(6);
    const seconds: Record<string, number> = { '40 s': 40, '1 min': 60 };
    for (const { x, text } of ticks) {
      const band = view.bands.find(({ from, to }) => x >= from && x <= to);
      expect(band).toBeDefined();
      if (text in seconds) {
        expect(secondsAt(band!, x)).toBeCloseTo(seconds[text]);
      }
    }
    // Each run begins anew.
    expect(ticks.filter(({ text }) => text === '40 s')).toHaveLength(2);
  });

  it.each([
    [240, [0, 1], false],
    [800, [0, 1], false],
    [800, [0.4, 0.41], false],
    [300, [0, 1], true],
    [1600, [0, 1], true]
  ] as const)(
    'should cut no label: %i px, %j, equal %s',
    (width, range, isEqual) => {
      const durations = [0.004, 2.4, 8, 0.3, 42, 3600, 0, 95, 7300, 1];
      const view = viewOf(runsOf(durations, 2), width, range, isEqual);
      const ticks = timeTicks(view);
      expectApart(extents(ticks, view));
      for (const [, to] of extents(ticks, view)) {
        expect(to).toBeLessThanOrEqual(width + 6);
      }
    }
  );

  it('should name the end of a run that has no room for a round number', () => {
    // "30 s" would be too near to the next, and what is rounder is longer than the run.
    const view = viewOf(runsOf([59, 59]), 90);
    expect(timeTicks(view)).toEqual([{ x: view.bands[0].to, text: '59 s' }]);
  });

  it('should bear a run of days that is enlarged', () => {
    const view = viewOf(runsOf([86_400 * 400]), 800, [0.5, 0.5001]);
    expect(timeTicks(view).length).toBeLessThan(20);
    expect(timeTicks(viewOf(runsOf([0, 0])))).toEqual([]);
  });
});

describe('runMarks', () => {
  it('should mark what failed by more than colour, before it names others', () => {
    const runs = runsOf(Array.from({ length: 60 }, () => 1)).map(
      (run, index) =>
        index === 30
          ? { ...run, status: 'error' as const }
          : index === 40
            ? { ...run, status: 'interrupted' as const }
            : run
    );
    const view = viewOf(runs, 300);
    const marks = runMarks(runs, view);
    expect(marks.filter(({ failed }) => failed)).toEqual([
      expect.objectContaining({ text: '× [31]', failed: 'error' }),
      expect.objectContaining({ text: '■ [41]', failed: 'interrupted' })
    ]);
    expect(marks.length).toBeGreaterThan(4);
    expectApart(extents(marks, view));
  });

  it('should say how long a run took where its band has room', () => {
    const runs = runsOf([180, 1]);
    const texts = runMarks(runs, viewOf(runs)).map(({ text }) => text);
    expect(texts).toEqual(['[1] 3 min', '[2]']);
    const narrow = runMarks(runs, viewOf(runs, 60));
    expect(narrow.map(({ text }) => text)).toEqual(['[1]', '[2]']);
  });
});

describe('pauseMarks', () => {
  it('should stand where the axis is cut, and nowhere else', () => {
    const cut = viewOf(runsOf([10, 10], 60));
    expect(pauseMarks(cut)).toEqual([
      (cut.bands[0].to + cut.bands[1].from) / 2
    ]);
    expect(pauseMarks(viewOf(runsOf([10, 10], 0.5)))).toEqual([]);
  });
});
