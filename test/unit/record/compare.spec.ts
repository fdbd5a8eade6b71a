import {
  compareInOrder,
  compareRuns,
  runBeforeChange,
  sidesOf
} from '../../../src/record/compare';
import { compareSessions } from '../../../src/record/compare-sessions';
import type { IDifference, Metric } from '../../../src/record/differences';
import { pairCells } from '../../../src/record/pairs';
import type { CellRecord } from '../../../src/record/_session';
import { decodeSession } from '../../../src/record/decode';
import { makeAdvice, makeMemory, makeRecord, makeSession } from '../builders';
import fixtureA from '../fixtures/compare/a.json';
import fixtureB from '../fixtures/compare/b.json';
import expected from '../fixtures/compare/expected.json';
import { makeHostile } from '../fixtures/hostile';
import { makeFixed, makeInference } from '../fixtures/records';

const MIB = 2 ** 20;

/** A run of the cell `id` with this source; its hash is the source, for short. */
function run(
  id: string | null,
  source: string,
  changes: Partial<CellRecord> = {}
): CellRecord {
  return makeRecord({ cell_id: id, source, source_hash: source, ...changes });
}

describe('record/pairs', () => {
  const pairsOf = (before: CellRecord[], after: CellRecord[]) => {
    const { pairs, added, removed } = pairCells(
      makeSession(before),
      makeSession(after)
    );
    const name = (record: CellRecord) => record.source;
    return {
      pairs: pairs.map(pair => [name(pair.before), name(pair.after), pair.by]),
      added: added.map(name),
      removed: removed.map(name)
    };
  };

  it('should pair the latest runs of cells with one id', () => {
    expect(
      pairsOf(
        [run('a', 'x = 1'), run('b', 'y'), run('a', 'x = 2')],
        [run('b', 'y'), run('a', 'x = 3')]
      )
    ).toEqual({
      pairs: [
        ['y', 'y', 'cell_id'],
        ['x = 2', 'x = 3', 'cell_id']
      ],
      added: [],
      removed: []
    });
  });

  it('should pair what else has the same source, in order', () => {
    const { pairs, removed } = pairsOf(
      [run('a', 'step()'), run('b', 'step()'), run('c', 'step()')],
      [run('d', 'step()'), run('e', 'step()')]
    );
    expect(pairs.map(([, , by]) => by)).toEqual(['source', 'source']);
    expect(removed).toEqual(['step()']);
  });

  it('should pair what alone lies between paired neighbours', () => {
    expect(
      pairsOf(
        [run('a', 'load'), run('b', 'train'), run('c', 'save')],
        [run('d', 'load'), run('e', 'train faster'), run('f', 'save')]
      ).pairs[1]
    ).toEqual(['train', 'train faster', 'order']);
  });

  it('should take the ends for neighbours', () => {
    expect(pairsOf([run('a', 'x')], [run('b', 'y')]).pairs).toEqual([
      ['x', 'y', 'order']
    ]);
  });

  it('should not guess where several could be meant', () => {
    expect(
      pairsOf(
        [run('a', 'load'), run('b', 'train'), run('c', 'save')],
        [
          run('d', 'load'),
          run('e', 'warm up'),
          run('f', 'train faster'),
          run('g', 'save')
        ]
      )
    ).toMatchObject({
      added: ['warm up', 'train faster'],
      removed: ['train']
    });
  });

  it('should pair runs without cell ids by their source', () => {
    expect(
      pairsOf(
        [run(null, 'x'), run(null, 'y')],
        [run(null, 'y'), run(null, 'x')]
      ).pairs
    ).toEqual([
      ['y', 'y', 'source'],
      ['x', 'x', 'source']
    ]);
  });

  it('should add and remove everything where nothing is alike', () => {
    expect(pairsOf([run('a', 'x'), run('b', 'y')], [run('c', 'z')])).toEqual({
      pairs: [],
      added: ['z'],
      removed: ['x', 'y']
    });
    expect(pairsOf([], [])).toEqual({ pairs: [], added: [], removed: [] });
  });
});

describe('record/compare', () => {
  const compare = (before: CellRecord, after: CellRecord) => {
    const sideOf = sidesOf(makeSession([before, after]));
    return compareRuns(sideOf(before), sideOf(after));
  };
  const find = (
    differences: readonly IDifference[],
    metric: Metric,
    device: string | null = null
  ) =>
    differences.find(
      difference => difference.metric === metric && difference.device === device
    );

  describe('time', () => {
    const time = (before: CellRecord[], after: CellRecord[]) => {
      const sideOf = sidesOf(makeSession([...before, ...after]));
      return compareRuns(
        sideOf(before[before.length - 1]),
        sideOf(after[after.length - 1])
      ).differences[0];
    };
    const took = (source: string, ...times: number[]) =>
      times.map(duration_s => run('a', source, { duration_s }));

    it.each([
      [1, 0.8, 'better'],
      [1, 1.2, 'worse'],
      [1, 0.95, 'same'],
      [0.001, 0.009, 'same']
    ])('of single runs: %d s, then %d s is %s', (before, after, verdict) => {
      expect(time(took('x', before), took('y', after))).toMatchObject({
        before,
        after,
        verdict
      });
    });

    it('should be the median where a source ran several times', () => {
      expect(time(took('x', 1.1, 1, 5), took('y', 0.5, 0.6))).toMatchObject({
        before: 1.1,
        after: 0.55,
        verdict: 'better'
      });
    });

    it('should be called the same where the runs overlap', () => {
      expect(time(took('x', 1, 2), took('y', 0.5, 1.1)).verdict).toBe('same');
    });

    it('should have no verdict where a run did not end', () => {
      const [failed] = took('y', 0.1);
      failed.status = 'error';
      expect(time(took('x', 1), [failed])).toMatchObject({
        after: 0.1,
        verdict: null
      });
    });

    it('should not count failed runs', () => {
      const [failed, whole] = took('y', 0.1, 1);
      failed.status = 'interrupted';
      expect(time(took('x', 1), [failed, whole]).after).toBe(1);
    });
  });

  describe('memory', () => {
    const memory = (
      before: [number, number, number],
      after: [number, number, number],
      device = 'cuda:0'
    ) => {
      const entry = ([start, end, peak]: number[]) =>
        makeMemory({
          device,
          allocated_before_bytes: start * MIB,
          allocated_after_bytes: end * MIB,
          peak_bytes: peak * MIB
        });
      const { differences } = compare(
        makeRecord({ memory: [entry(before)] }),
        makeRecord({ memory: [entry(after)] })
      );
      return {
        start: find(differences, 'start', device),
        kept: find(differences, 'kept', device),
        peak: find(differences, 'peak', device)
      };
    };

    it('should judge what is kept and the peak', () => {
      expect(memory([10, 90, 100], [10, 20, 100])).toMatchObject({
        kept: { before: 80 * MIB, after: 10 * MIB, verdict: 'better' },
        peak: { verdict: 'same' }
      });
      expect(memory([10, 20, 30], [10, 20, 60]).peak?.verdict).toBe('worse');
    });

    it('should tell of a start only where it differs', () => {
      expect(memory([10, 20, 30], [10, 20, 30]).start).toBeUndefined();
      expect(memory([10, 20, 30], [50, 60, 70]).start).toMatchObject({
        before: 10 * MIB,
        after: 50 * MIB,
        verdict: null
      });
    });

    it('should not judge a peak that only the start explains', () => {
      expect(memory([10, 20, 30], [50, 60, 70]).peak?.verdict).toBeNull();
      expect(memory([10, 20, 30], [50, 60, 170]).peak?.verdict).toBe('worse');
    });

    it('should not count twice what a run frees of its last one', () => {
      // The second run begins with the 60 MiB that the first had left, and leaves as much.
      expect(memory([10, 70, 80], [70, 70, 80]).kept?.verdict).toBeNull();
      expect(memory([10, 70, 80], [70, 10, 80]).kept?.verdict).toBe('better');
    });

    it('should leave to the process what it takes by itself', () => {
      expect(memory([10, 20, 30], [10, 26, 36], 'host')).toMatchObject({
        kept: { verdict: 'same' },
        peak: { verdict: 'same' }
      });
    });

    it('should say what is a lower bound', () => {
      const sampled = makeRecord({
        memory: [makeMemory({ peak_is: 'sampled' })]
      });
      const { differences } = compare(makeRecord(), sampled);
      expect(find(differences, 'peak', 'host')).toMatchObject({
        beforeSampled: false,
        afterSampled: true
      });
    });

    it('should leave open what one run does not know', () => {
      const { differences } = compare(makeRecord({ memory: [] }), makeRecord());
      expect(find(differences, 'peak', 'host')).toMatchObject({
        before: null,
        after: 103 * MIB,
        verdict: null
      });
    });
  });

  it('should compare what autograd did, loads, moves and placement', () => {
    const { differences } = compare(makeInference(), makeFixed());
    expect(find(differences, 'graphs')).toMatchObject({
      after: 0,
      verdict: 'better'
    });
    expect(find(differences, 'graphs')!.before).toBeGreaterThan(MIB);
    expect(find(differences, 'grad_forwards')).toMatchObject({ after: 0 });
    expect(find(differences, 'free_forwards')!.before).toBe(0);
    expect(find(differences, 'placed', 'cuda:0')).toMatchObject({
      verdict: null
    });
    // Neither run loaded or moved anything.
    expect(find(differences, 'loads')).toBeUndefined();
    expect(find(differences, 'moves')).toBeUndefined();
  });

  it('should sort advice into gone, new and same', () => {
    const advised = (...rules: string[]) =>
      makeRecord({ advice: rules.map(rule => makeAdvice({ rule })) });
    const { advice } = compare(advised('a', 'b'), advised('b', 'c'));
    const rules = (list: readonly { rule: string }[]) =>
      list.map(({ rule }) => rule);
    expect(rules(advice.gone)).toEqual(['a']);
    expect(rules(advice.added)).toEqual(['c']);
    expect(rules(advice.same)).toEqual(['b']);
  });

  describe('checks', () => {
    it('should be what the kernel verified against this baseline', () => {
      const before = makeInference();
      const after = makeFixed();
      expect(compare(before, after).checks).toEqual(after.verification);
      const other = makeInference({ run_id: 'another' });
      expect(compare(other, after).checks).not.toEqual(after.verification);
    });

    it('should be measured where another session has the baseline', () => {
      const before = run('a', 'x', {
        duration_s: 2,
        advice: [
          makeAdvice({
            prediction: {
              metric: 'peak_bytes',
              before: 100 * MIB,
              after: 40 * MIB,
              unit: 'bytes',
              device: 'cpu'
            }
          })
        ],
        memory: [makeMemory({ peak_bytes: 200 * MIB })]
      });
      const after = run('b', 'y', {
        duration_s: 1,
        memory: [
          makeMemory({
            allocated_before_bytes: 110 * MIB,
            peak_bytes: 150 * MIB
          })
        ]
      });
      expect(compare(before, after).checks).toMatchObject([
        {
          metric: 'peak_bytes',
          predicted: -60 * MIB,
          // Above each run's own start: 100 MiB, then 40 MiB.
          measured: -60 * MIB
        },
        { metric: 'duration_s', predicted: null, measured: -1 }
      ]);
      // Nothing was changed, or it did not work: nothing is proven.
      expect(compare(before, { ...after, source_hash: 'x' }).checks).toEqual(
        []
      );
      expect(compare(before, { ...after, status: 'error' }).checks).toEqual([]);
    });
  });

  it('should compare runs of one source as they are, in the order they ran', () => {
    const runs = [2, 1, 4].map(duration_s => run('a', 'x', { duration_s }));
    const { before, after, differences } = compareInOrder(
      makeSession(runs),
      runs[2],
      runs[1]
    );
    expect([before.record, after.record]).toEqual([runs[1], runs[2]]);
    expect(differences[0]).toMatchObject({
      before: 1,
      after: 4,
      verdict: 'worse'
    });
  });

  it('should know the last run before the source changed', () => {
    const runs = [
      run('a', 'x'),
      run('a', 'x'),
      run('b', 'x'),
      run('a', 'y'),
      run('a', 'y')
    ];
    const session = makeSession(runs);
    expect(runBeforeChange(session, runs[4])).toBe(runs[1]);
    expect(runBeforeChange(session, runs[3])).toBe(runs[1]);
    expect(runBeforeChange(session, runs[1])).toBeNull();
    expect(runBeforeChange(session, runs[2])).toBeNull();
  });

  it('should survive a hostile record', () => {
    const [hostile, failed] = makeHostile().cells!;
    expect(compare(hostile, failed).differences.length).toBeLessThan(200);
    const crowd = makeRecord({
      memory: Array.from({ length: 5000 }, (_, i) =>
        makeMemory({ device: `d${i}` })
      )
    });
    expect(compare(crowd, crowd).differences.length).toBeLessThan(200);
  });
});

describe('record/compare-sessions', () => {
  it('should find what `jupyter torchprof compare` finds', () => {
    const { pairs, added, removed, totals } = compareSessions(
      decodeSession(fixtureA),
      decodeSession(fixtureB)
    );
    const ids = (runs: readonly CellRecord[]) => runs.map(run => run.run_id);
    expect(
      pairs.map(({ before, after, by }) => ({
        before: before.run_id,
        after: after.run_id,
        by
      }))
    ).toEqual(
      expected.pairs.map(({ before, after, by }) => ({ before, after, by }))
    );
    expect(ids(added)).toEqual(expected.added);
    expect(ids(removed)).toEqual(expected.removed);
    pairs.forEach(({ comparison }, index) =>
      expectAlike(comparison.differences, expected.pairs[index].changes)
    );
    expectAlike(totals, expected.totals);
  });

  /** Every number that both know is the same, and so is whether it is noise. */
  function expectAlike(
    found: readonly IDifference[],
    wanted: readonly {
      metric: string;
      device: string | null;
      before: number | null;
      after: number | null;
      same: boolean;
      bound: boolean;
    }[]
  ): void {
    for (const { metric, device, before, after, same, bound } of wanted) {
      const other = found.find(
        difference =>
          difference.metric === metric && difference.device === device
      );
      // A difference of which neither side is known is left out.
      const [one, two] = [other?.before ?? null, other?.after ?? null];
      expect([metric, device, round(one), round(two)]).toEqual([
        metric,
        device,
        round(before),
        round(after)
      ]);
      if (other?.verdict) {
        expect([metric, device, other.verdict === 'same']).toEqual([
          metric,
          device,
          same
        ]);
      }
      expect(Boolean(other?.beforeSampled || other?.afterSampled)).toBe(bound);
    }
  }

  function round(value: number | null): number | null {
    return value === null ? null : Number(value.toPrecision(9));
  }

  it('should compare the cells and add them up', () => {
    const before = makeSession([
      run('a', 'x', { duration_s: 1 }),
      run('b', 'y', { duration_s: 2, advice: [makeAdvice()] })
    ]);
    const after = makeSession([
      run('a', 'x', { duration_s: 1 }),
      run('b', 'z', {
        duration_s: 0.5,
        memory: [makeMemory({ peak_bytes: 500 * MIB })]
      }),
      run('c', 'new')
    ]);
    const { pairs, added, totals } = compareSessions(before, after);
    expect(pairs).toHaveLength(2);
    expect(pairs[1].comparison.advice.gone).toHaveLength(1);
    expect(added).toHaveLength(1);
    const total = (metric: string) =>
      totals.find(difference => difference.metric === metric);
    expect(total('time')).toMatchObject({
      before: 3,
      after: 1.5,
      verdict: 'better'
    });
    expect(total('peak')).toMatchObject({
      device: 'host',
      before: 103 * MIB,
      after: 500 * MIB,
      verdict: 'worse'
    });
    expect(total('advice')).toMatchObject({ before: 1, after: 0 });
  });

  it('should have nothing to say of nothing', () => {
    const nothing = makeSession([]);
    expect(compareSessions(nothing, nothing).pairs).toEqual([]);
  });
});
