import type { Advice, CellRecord } from '../../../src/record/_session';
import { adviceGroups, orderedAdvice } from '../../../src/record/advice-order';
import { decodeSession } from '../../../src/record/decode';
import { latestRuns } from '../../../src/record/derive';
import fixture from '../fixtures/advice-order.json';
import {
  makeAdvice,
  makeInference,
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

describe('orderedAdvice', () => {
  it('should be that of the kernel', () => {
    const session = decodeSession(JSON.stringify(fixture.session));
    expect(
      orderedAdvice(latestRuns(session)).map(({ record, advice }) => [
        record.run_id,
        advice.rule
      ])
    ).toEqual(fixture.order);
    // Each says something else, so each stands for itself.
    expect(
      adviceGroups(session).map(({ findings }) => findings[0].advice.rule)
    ).toEqual(fixture.order.map(([, rule]) => rule));
  });
});

describe('adviceGroups', () => {
  it('should stand where the first of its findings does', () => {
    const same = (id: string, saved: number) =>
      cell(id, { title: 'the same', prediction: bytes(saved) });
    expect(
      titles(
        same('a', MIB),
        cell('b', { title: 'another', prediction: bytes(5 * MIB) }),
        same('c', GIB)
      )
    ).toEqual(['the same', 'another']);
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
