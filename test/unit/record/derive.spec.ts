import type { CellRecord, Fix } from '../../../src/record/_session';
import {
  NOTHING_SILENCED,
  dismissedAdvice,
  findRun,
  firstCodeLine,
  hostMemory,
  latestRunOf,
  latestRuns,
  mainMemory,
  memoryDelta,
  openAdvice,
  runsOfSameCell,
  safeAdvice,
  timelineSeries
} from '../../../src/record/derive';
import { makeAdvice, makeMemory, makeRecord, makeSession } from '../builders';

describe('record/derive', () => {
  describe('mainMemory()', () => {
    const host = makeMemory();

    it('should be the accelerator in use with the highest peak', () => {
      const idle = makeMemory({ device: 'cuda:0', peak_bytes: 0 });
      const small = makeMemory({ device: 'cuda:1', peak_bytes: 10 });
      const large = makeMemory({ device: 'cuda:2', peak_bytes: 20 });
      const record = makeRecord({ memory: [host, idle, small, large] });
      expect(mainMemory(record)).toBe(large);
      expect(hostMemory(record)).toBe(host);
    });

    it('should be the host where no accelerator was used, whatever the host took', () => {
      const idle = makeMemory({ device: 'cuda:0', peak_bytes: 0 });
      expect(mainMemory(makeRecord({ memory: [host, idle] }))).toBe(host);
    });

    it('should be null where nothing was measured', () => {
      expect(mainMemory(makeRecord({ memory: [] }))).toBeNull();
      expect(mainMemory(makeRecord({ memory: undefined }))).toBeNull();
    });
  });

  it('memoryDelta() should be negative where memory was freed', () => {
    expect(
      memoryDelta(
        makeMemory({ allocated_before_bytes: 7, allocated_after_bytes: 3 })
      )
    ).toBe(-4);
  });

  describe('runs', () => {
    const a1 = makeRecord({ cell_id: 'a' });
    const b1 = makeRecord({ cell_id: 'b' });
    const c1 = makeRecord({ cell_id: null });
    const a2 = makeRecord({ cell_id: 'a' });
    const c2 = makeRecord({ cell_id: null });
    const session = makeSession([a1, b1, c1, a2, c2]);

    it('should keep a cell in its place when it runs again', () => {
      expect(latestRuns(session)).toEqual([a2, b1, c1, c2]);
    });

    it('should find the latest run of a cell, all its runs, and a run by id', () => {
      expect(latestRunOf(session, 'a')).toBe(a2);
      expect(latestRunOf(session, 'z')).toBeNull();
      expect(runsOfSameCell(session, a2)).toEqual([a1, a2]);
      expect(runsOfSameCell(session, c1)).toEqual([c1]);
      expect(findRun(session, b1.run_id)).toBe(b1);
      expect(findRun(session, null)).toBeNull();
    });
  });

  describe('openAdvice(), dismissedAdvice()', () => {
    const low = makeAdvice({ severity: 'low', rule: 'saves-most' });
    const high = makeAdvice({ severity: 'high', rule: 'other' });
    const record = makeRecord({ advice: [low, high] });

    it('should keep the order of the kernel', () => {
      expect(openAdvice(record)).toEqual([low, high]);
    });

    it('should tell what was dismissed on this cell, and leave out rules that are off', () => {
      const dismissed = new Map([
        ['cell-a', new Set(['other'])],
        ['cell-b', new Set(['saves-most'])]
      ]);
      const silenced = { dismissed, rulesOff: new Set<string>() };
      expect(openAdvice(record, silenced)).toEqual([low]);
      expect(dismissedAdvice(record, silenced)).toEqual([high]);
      const off = { dismissed, rulesOff: new Set(['other']) };
      expect(openAdvice(record, off)).toEqual([low]);
      expect(dismissedAdvice(record, off)).toEqual([]);
    });
  });

  describe('safeAdvice()', () => {
    const edit = (cell_id: string, source_hash: string) => ({
      cell_id,
      source_hash,
      start: { line: 0, column: 0 },
      end: { line: 0, column: 0 },
      new_text: '#'
    });
    const fix = {
      title: 'Both',
      safe: true,
      edits: [edit('cell-a', 'h'), edit('cell-b', 'g')]
    };
    const other = makeRecord({ cell_id: 'cell-b', source_hash: 'g' });
    const run = (changes: Partial<Fix> = {}) =>
      makeRecord({
        source_hash: 'h',
        advice: [makeAdvice({ fix: { ...fix, ...changes } })]
      });
    const rules = (cells: CellRecord[], stale: string[] = []) =>
      safeAdvice(makeSession(cells), NOTHING_SILENCED, new Set(stale)).map(
        ({ record }) => record
      );

    it('should find safe fixes of latest runs', () => {
      const [first, second] = [run(), run()];
      expect(rules([other, first, second])).toEqual([second]);
      expect(rules([other, first, run({ safe: false })])).toEqual([]);
    });

    it('should pass over what no longer fits, in whichever cell', () => {
      const first = run();
      expect(rules([other, first], [other.run_id])).toEqual([]);
      expect(rules([other, first], [first.run_id])).toEqual([]);
      expect(rules([first])).toEqual([]);
    });
  });

  it.each([
    ['x = 1', 'x = 1'],
    ['\n\n  y = 2  \nz', 'y = 2'],
    ['# A comment\n%matplotlib inline\n!ls\nmodel(x)', 'model(x)'],
    ['%%torchprof\r\nmodel(x)', 'model(x)'],
    ['# only\n# comments', '# only'],
    ['', ''],
    ['\n \n', '']
  ])('firstCodeLine(%p) should be %p', (source, line) => {
    expect(firstCodeLine(source)).toBe(line);
  });

  it('firstCodeLine() should bound what it returns', () => {
    expect(firstCodeLine('x'.repeat(1e6))).toHaveLength(200);
  });

  it('timelineSeries() should make one series per device', () => {
    const samples = [
      { t_s: 0, host_bytes: 1 },
      { t_s: 0.1, host_bytes: 2, devices: { 'cuda:0': 5 } },
      { t_s: 0.2, host_bytes: 3, devices: { 'cuda:0': 6 } }
    ];
    expect(timelineSeries(samples)).toEqual([
      { device: 'host', t_s: [0, 0.1, 0.2], bytes: [1, 2, 3] },
      { device: 'cuda:0', t_s: [0.1, 0.2], bytes: [5, 6] }
    ]);
    expect(timelineSeries([])).toEqual([]);
  });
});
