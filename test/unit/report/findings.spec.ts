import {
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
    const kept = keepers(makeNotebook());
    expect(kept[0].value).toBe(730 * MIB);
    expect(kept[1].value).toBe(341 * MIB);
    expect(keepers(makeSession([makeRecord()]))).toEqual([]);
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
