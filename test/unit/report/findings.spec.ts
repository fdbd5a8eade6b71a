import {
  costlyRuns,
  keepers,
  sessionPeaks,
  slowest,
  verified
} from '../../../src/report/findings';
import {
  makeFixed,
  makeInference,
  makeNotebook,
  makeRecord,
  makeSession
} from '../fixtures/records';
import { makeMemoryNow } from '../fixtures/holding';

const MIB = 2 ** 20;

describe('sessionPeaks', () => {
  it('should be the highest of any run, on each device that was used', () => {
    const peaks = sessionPeaks(makeNotebook());
    expect(peaks.map(({ device, used }) => [device, used / MIB])).toEqual([
      ['host', 2200],
      ['cuda:0', 912]
    ]);
    expect(peaks[1].name).toBe('NVIDIA H200');
  });

  it('should have no opinion where nothing was measured', () => {
    expect(sessionPeaks(makeSession([makeRecord({ memory: [] })]))).toEqual([]);
  });
});

describe('costlyRuns', () => {
  it('should be those with more than a twentieth of time or kept memory', () => {
    const quick = Array.from({ length: 30 }, () =>
      makeRecord({ duration_s: 1, memory: [] })
    );
    const long = makeRecord({ duration_s: 3, memory: [] });
    const session = makeSession([...quick, long]);
    expect([...costlyRuns(session)]).toEqual([session.cells?.[30]]);
    expect(costlyRuns(makeSession([])).size).toBe(0);
  });
});

describe('slowest', () => {
  it('should be three runs, the longest first', () => {
    const runs = slowest(makeNotebook()).map(
      ({ record }) => record.execution_count
    );
    expect(runs).toEqual([4, 11, 1]);
  });
});

describe('keepers', () => {
  it('should be runs that left memory on the device they worked on', () => {
    const { device, costs } = keepers(makeNotebook());
    expect(device).toBe('cuda:0');
    expect(costs.map(({ value }) => value / MIB)).toEqual([341, 341, 84]);
    expect(keepers(makeSession([makeRecord()])).costs).toEqual([]);
  });
});

describe('keepers, where it is known what became of it', () => {
  it('should be the runs of which most is still there', () => {
    const record = makeRecord();
    const session = makeSession([record], { memory_now: makeMemoryNow() });
    expect(keepers(session)).toEqual({
      device: 'cuda:0',
      costs: [{ record, value: 480 * MIB }]
    });
  });
});

describe('verified', () => {
  it('should be the runs that put a fix to the test', () => {
    expect(verified(makeSession([makeInference()]))).toEqual([]);
    expect(verified(makeSession([makeInference(), makeFixed()]))).toHaveLength(
      1
    );
  });
});
