import { profiledCells, rowOf } from '../../../src/views/rows';
import { makeRecord, makeSession } from '../fixtures/records';

const run = (run_id: string, cell_id: string | null) =>
  makeRecord({ run_id, cell_id });

describe('profiledCells', () => {
  const session = makeSession([
    run('1', 'a'),
    run('2', 'b'),
    run('3', null),
    run('4', 'a'),
    run('5', null)
  ]);
  const ids = (rows: ReturnType<typeof profiledCells>) =>
    rows.map(row => row.record.run_id);

  it('should have the latest run of each cell, newest first', () => {
    const rows = profiledCells(session, 'newest');
    expect(ids(rows)).toEqual(['5', '4', '3', '2']);
    expect(rows.map(row => row.runs)).toEqual([1, 2, 1, 1]);
  });

  it('should keep the order of first runs where no notebook is at hand', () => {
    expect(ids(profiledCells(session, 'notebook'))).toEqual([
      '4',
      '2',
      '3',
      '5'
    ]);
  });

  it('should follow the notebook, what it does not know last', () => {
    expect(ids(profiledCells(session, 'notebook', ['b', 'x', 'a']))).toEqual([
      '2',
      '4',
      '3',
      '5'
    ]);
  });
});

describe('rowOf', () => {
  it('should find the row of an older run of the same cell', () => {
    const older = run('1', 'a');
    const rows = profiledCells(
      makeSession([older, run('2', 'b'), run('3', 'a')]),
      'newest'
    );
    expect(rowOf(rows, older)).toBe(0);
    expect(rowOf(rows, null)).toBe(-1);
    expect(rowOf(rows, run('9', null))).toBe(-1);
  });
});
