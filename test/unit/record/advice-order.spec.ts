import type { Advice, CellRecord } from '../../../src/record/_session';
import { adviceGroups, followedAdvice } from '../../../src/record/advice-order';
import {
  makeAdvice,
  makeFixed,
  makeInference,
  makeNotebook,
  makeRecord,
  makeSession
} from '../fixtures/records';

const MIB = 2 ** 20;
const GIB = 2 ** 30;

/** A cell of its own with this advice. */
function cell(id: string, ...advice: Partial<Advice>[]): CellRecord {
  return makeRecord({
    run_id: `run-${id}`,
    cell_id: id,
    duration_s: 1,
    advice: advice.map(changes =>
      makeAdvice({ cell_id: id, fix: null, ...changes })
    )
  });
}

function bytes(saved: number, device = 'cuda:0'): Advice['prediction'] {
  return {
    metric: 'graph_bytes',
    before: saved,
    after: 0,
    unit: 'bytes',
    device
  };
}

function seconds(saved: number): Advice['prediction'] {
  return { metric: 'duration_s', before: saved, after: 0, unit: 's' };
}

function titles(...cells: CellRecord[]): string[] {
  return adviceGroups(makeSession(cells)).map(
    ({ findings }) => findings[0].advice.title
  );
}

describe('adviceGroups', () => {
  it('should have the severe first, whatever it saves', () => {
    expect(
      titles(
        cell('a', { severity: 'low', title: 'low', prediction: bytes(GIB) }),
        cell('b', { severity: 'info', title: 'info', prediction: bytes(GIB) }),
        cell('c', { severity: 'high', title: 'high', prediction: null })
      )
    ).toEqual(['high', 'low', 'info']);
  });

  it('should compare bytes with what the device has, seconds with what all cells took', () => {
    // Of 139 GiB, of 128 GiB, of 4 s.
    expect(
      titles(
        cell('a', { title: 'gpu', prediction: bytes(13.9 * GIB) }),
        cell('b', { title: 'host', prediction: bytes(25.6 * GIB, 'cpu') }),
        cell('c', { title: 'time', prediction: seconds(0.6) }),
        cell('d', { title: 'nothing promised', prediction: null })
      )
    ).toEqual(['host', 'time', 'gpu', 'nothing promised']);
  });

  it('should take the highest peak where the size of a device is not known', () => {
    const peak = (id: string, title: string, device: string) => ({
      ...cell(id, { title, prediction: bytes(GIB, device) }),
      memory: [
        {
          device,
          allocated_before_bytes: 0,
          allocated_after_bytes: 0,
          peak_bytes: device === 'xpu:0' ? 100 * GIB : 2 * GIB,
          peak_is: 'exact' as const
        }
      ]
    });
    expect(
      titles(peak('a', 'little', 'xpu:0'), peak('b', 'much', 'xpu:1'))
    ).toEqual(['much', 'little']);
  });

  it('should keep the order of the cells among equals', () => {
    expect(
      titles(
        cell('a', { title: 'first', prediction: null }),
        cell('b', { title: 'second', prediction: null })
      )
    ).toEqual(['first', 'second']);
  });

  it('should put together what differs in its numbers only', () => {
    const groups = adviceGroups(
      makeSession([
        cell('a', {
          title: '`outputs` keeps 340 MiB for 12 steps',
          prediction: bytes(340 * MIB)
        }),
        cell('b', {
          title: '`outputs` keeps 1.2 GiB for 7 steps',
          prediction: bytes(1.2 * GIB)
        }),
        cell('c', {
          title: '`outputs_2` keeps 1.2 GiB for 7 steps',
          prediction: bytes(1.2 * GIB)
        })
      ])
    );
    expect(
      groups.map(({ findings }) => findings.map(({ record }) => record.cell_id))
    ).toEqual([['b', 'a'], ['c']]);
    // The name is bound by one cell after the other: its memory is there once.
    expect(groups[0].saving).toEqual({ value: 1.2 * GIB, unit: 'bytes' });
  });

  it('should put together what changes the same code, and add up its seconds', () => {
    const edit = {
      cell_id: 'definition',
      source_hash: 'd'.repeat(64),
      start: { line: 0, column: 0 },
      end: { line: 0, column: 0 },
      new_text: 'x'
    };
    const fix = { title: 'There', edits: [edit] };
    const groups = adviceGroups(
      makeSession([
        cell('a', { title: 'In `a`', fix, prediction: seconds(1) }),
        cell('b', { title: 'In `b`', fix, prediction: seconds(2) })
      ])
    );
    expect(groups).toHaveLength(1);
    expect(groups[0].saving).toEqual({ value: 3, unit: 's' });
  });

  it('should leave out what was silenced, and what a later run has settled', () => {
    const session = makeSession([
      cell('a', { rule: 'off' }),
      cell('b', { rule: 'dismissed' }),
      cell('c', { rule: 'settled' }),
      { ...cell('c'), run_id: 'run-c-again' }
    ]);
    expect(adviceGroups(session)).toHaveLength(3 - 1);
    expect(
      adviceGroups(session, {
        rulesOff: new Set(['off']),
        dismissed: new Map([['b', new Set(['dismissed'])]])
      })
    ).toEqual([]);
  });

  it('should keep the key of advice whose cell runs again', () => {
    const before = adviceGroups(makeSession([makeInference()]));
    const after = adviceGroups(
      makeSession([
        makeInference(),
        makeInference({
          run_id: 'again',
          advice: [
            makeAdvice({
              title:
                '`outputs` keeps 1.7 GiB for a backward pass that never comes'
            })
          ]
        })
      ])
    );
    expect(after[0].key).toBe(before[0].key);
  });

  it('should survive predictions that are not numbers', () => {
    const broken = { ...bytes(0)!, before: NaN };
    expect(
      titles(
        cell('a', { title: 'odd', prediction: broken }),
        cell('b', { title: 'plain', prediction: bytes(GIB) })
      )
    ).toEqual(['plain', 'odd']);
  });
});

describe('followedAdvice', () => {
  it('should say what was measured', () => {
    const followed = followedAdvice(makeNotebook());
    expect(followed).toMatchObject({
      fixes: 1,
      worse: 0,
      kept_bytes: -338 * MIB,
      peak_bytes: null
    });
    expect(followed?.speedup).toBeCloseTo(2.41 / 2.02);
  });

  it('should count the latest test of a fix only', () => {
    const again = makeFixed({ run_id: 'run-again' });
    const followed = followedAdvice(makeSession([makeFixed(), again]));
    expect(followed?.fixes).toBe(1);
    expect(followed?.runs).toEqual([again]);
  });

  it('should be silent on a fix whose advice is open again', () => {
    const undone = makeInference({ run_id: 'run-undone' });
    expect(followedAdvice(makeSession([makeFixed(), undone]))).toBeNull();
    expect(followedAdvice(makeSession([makeRecord()]))).toBeNull();
  });

  it('should own up to what made things worse', () => {
    const worse = makeFixed();
    worse.verification![0].measured = 5 * MIB;
    expect(followedAdvice(makeSession([worse]))).toMatchObject({
      fixes: 1,
      worse: 1,
      kept_bytes: 5 * MIB
    });
  });

  it('should not add peaks, which are at different times', () => {
    const peak = (id: string, measured: number) =>
      makeFixed({
        run_id: id,
        cell_id: id,
        verification: [
          {
            rule: 'checkpointing',
            metric: 'peak_bytes',
            predicted: -GIB,
            measured,
            unit: 'bytes',
            baseline_run_id: 'x',
            device: 'cuda:0'
          }
        ]
      });
    expect(
      followedAdvice(makeSession([peak('a', -GIB), peak('b', -2 * GIB)]))
    ).toMatchObject({ kept_bytes: null, peak_bytes: -2 * GIB, speedup: null });
  });
});
