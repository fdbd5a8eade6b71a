import {
  findRun,
  firstCodeLine,
  hostMemory,
  latestRunOf,
  latestRuns,
  mainMemory,
  memoryDelta,
  openAdvice,
  runsOfSameCell,
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

  it('openAdvice() should put the most severe first', () => {
    const info = makeAdvice({ severity: 'info' });
    const high = makeAdvice({ severity: 'high' });
    const low = makeAdvice({ severity: 'low' });
    expect(openAdvice(makeRecord({ advice: [info, high, low] }))).toEqual([
      high,
      low,
      info
    ]);
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
