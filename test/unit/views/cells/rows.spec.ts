import type { Advice, CellRecord } from '../../../../src/record/_session';
import type { RowOrder } from '../../../../src/views/cells/rows';
import { profiledCells, rowOf } from '../../../../src/views/cells/rows';
import {
  makeAdvice,
  makeMemory,
  makeRecord,
  makeSession
} from '../../fixtures/records';

type Severity = Advice['severity'];

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

  it('should leave out what is no cell of anybody', () => {
    const silent = { cell_id: null, execution_count: null };
    const left = (...changes: Partial<CellRecord>[]) =>
      ids(
        profiledCells(
          makeSession(
            changes.map((change, i) =>
              makeRecord({ run_id: `${i}`, cell_id: `${i}`, ...change })
            )
          ),
          'notebook'
        )
      );
    expect(
      left(
        silent,
        { source: '%torchprof doctor\n' },
        { source: '%torchprof_of_mine' },
        { source: '%torchprof doctor\nx = 1' },
        { ...silent, status: 'error' },
        { ...silent, advice: [makeAdvice()] },
        { cell_id: null }
      )
    ).toEqual(['2', '3', '4', '5', '6']);
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

describe('profiledCells, by what a cell cost', () => {
  const MIB = 2 ** 20;
  const cell = (
    run_id: string,
    duration_s: number,
    device: string,
    kept: number,
    peak: number
  ) =>
    makeRecord({
      run_id,
      cell_id: run_id,
      duration_s,
      memory: [
        makeMemory({
          device,
          allocated_before_bytes: 100 * MIB,
          allocated_after_bytes: (100 + kept) * MIB,
          peak_bytes: peak * MIB
        })
      ]
    });
  const session = makeSession([
    cell('host', 3, 'host', 900, 5000),
    cell('quiet', 1, 'cuda:0', 0, 101),
    cell('peak', 2, 'cuda:0', -50, 800),
    cell('kept', 0, 'cuda:0', 300, 400)
  ]);
  const ids = (order: RowOrder) =>
    profiledCells(session, order).map(({ record }) => record.run_id);

  it('should have the longest first', () => {
    expect(ids('time')).toEqual(['host', 'peak', 'quiet', 'kept']);
  });

  it("should have an accelerator's memory before the host's", () => {
    expect(ids('peak')).toEqual(['peak', 'kept', 'host', 'quiet']);
    expect(ids('kept')).toEqual(['kept', 'host', 'quiet', 'peak']);
  });

  it('should not mix the memory of devices', () => {
    const two = makeSession([
      cell('a', 1, 'cuda:0', 200, 300),
      cell('b', 1, 'cuda:1', 250, 900),
      cell('c', 1, 'cuda:0', 500, 600),
      cell('d', 1, 'host', 800, 5000),
      cell('e', 1, 'cuda:1', 300, 400)
    ]);
    const sorted = (order: RowOrder) =>
      profiledCells(two, order).map(({ record }) => record.run_id);
    expect(sorted('peak')).toEqual(['b', 'e', 'c', 'a', 'd']);
    expect(sorted('kept')).toEqual(['c', 'a', 'e', 'b', 'd']);
  });

  it('should have grave advice before much advice, and count what is heard', () => {
    const advised = (run_id: string, ...severities: Severity[]) =>
      makeRecord({
        run_id,
        cell_id: run_id,
        advice: severities.map(severity =>
          makeAdvice({ cell_id: run_id, severity })
        )
      });
    const session = makeSession([
      advised('none'),
      advised('much', 'low', 'low', 'info'),
      advised('grave', 'high'),
      advised('dismissed', 'high', 'high')
    ]);
    const rows = profiledCells(session, 'advice', undefined, {
      dismissed: new Map([['dismissed', new Set(['no-grad-inference'])]]),
      rulesOff: new Set()
    });
    expect(rows.map(({ record }) => record.run_id)).toEqual([
      'grave',
      'much',
      'none',
      'dismissed'
    ]);
  });

  it('should name the device of a cell from before the first accelerator, too', () => {
    const environment = { ...session.environment, devices: [] };
    const named = (cells: CellRecord[]) =>
      profiledCells(makeSession(cells, { environment }), 'notebook').map(
        ({ device }) => device
      );
    const [host, , peak] = session.cells!;
    expect(named([host])).toEqual([null]);
    expect(named([host, peak])).toEqual(['host', 'cuda:0']);
  });

  it('should keep the rows of cells that rest', () => {
    const before = profiledCells(session, 'notebook');
    const after = profiledCells(
      makeSession([...session.cells!, run('5', 'kept')]),
      'notebook'
    );
    expect(after.slice(0, 3)).toEqual(before.slice(0, 3));
    expect(after.slice(0, 3).every((row, i) => row === before[i])).toBe(true);
    expect(after[3].runs).toBe(2);
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
