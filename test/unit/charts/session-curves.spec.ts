import { at, linesOf } from '../builders';
import { bandsOf, spanOf } from '../../../src/charts/bands';
import { liveCurve, sessionCurves } from '../../../src/charts/session-curves';
import type { CellRecord } from '../../../src/record/_session';
import { makeMemory, makeRecord } from '../fixtures/records';

const DEVICES = ['host', 'cuda:0', 'cuda:1'];

function runs(...records: Partial<CellRecord>[]) {
  const cells = records.map(changes => makeRecord(changes));
  const bands = bandsOf(cells.map(spanOf), 300);
  return cells.map((record, index) => ({ record, band: bands[index] }));
}

const cuda = (before: number, after: number, peak: number, sampled = false) =>
  makeMemory({
    device: 'cuda:0',
    allocated_before_bytes: before,
    allocated_after_bytes: after,
    peak_bytes: peak,
    peak_is: sampled ? 'sampled' : 'exact'
  });

describe('sessionCurves', () => {
  it('should go from before to after, over the samples', () => {
    const samples = [
      { t_s: 2, host_bytes: 5, devices: { 'cuda:0': 70 } },
      { t_s: 6, host_bytes: 6, devices: { 'cuda:0': 90 }, place: at(3) }
    ];
    const [, curve] = sessionCurves(
      runs({
        duration_s: 10,
        memory: [makeMemory(), cuda(10, 20, 95)],
        samples,
        places: linesOf('a'.repeat(64))
      }),
      DEVICES
    );
    expect(curve.device).toBe('cuda:0');
    expect(curve.y).toEqual([10, 70, 90, 20]);
    expect(curve.t).toEqual([0, 2, 6, 10]);
    expect(curve.line).toEqual([null, null, 3, null]);
    expect(curve.x).toEqual([0, 60, 180, 300].map(x => expect.closeTo(x)));
    expect(curve.peaks).toEqual([
      { x: expect.closeTo(180), bytes: 95, isSampled: false, run: 0 }
    ]);
  });

  it('should leave out devices that held nothing', () => {
    const curves = sessionCurves(
      runs({ memory: [makeMemory(), cuda(0, 0, 0)] }),
      DEVICES
    );
    expect(curves.map(({ device }) => device)).toEqual(['host']);
  });

  it('should tell sampled peaks apart', () => {
    const [, { peaks }] = sessionCurves(
      runs({ memory: [makeMemory(), cuda(0, 1, 2, true)] }),
      DEVICES
    );
    expect(peaks[0].isSampled).toBe(true);
  });

  it('should keep the highest of peaks that lie over each other', () => {
    const many = Array.from({ length: 1000 }, (_, index) => ({
      memory: [cuda(1, 1, index === 777 ? 1e9 : 100)]
    }));
    const [curve] = sessionCurves(runs(...many), DEVICES);
    expect(curve.peaks.length).toBeLessThan(70);
    expect(curve.peaks.find(({ bytes }) => bytes === 1e9)?.run).toBe(777);
    expect(Math.max(...curve.peaks.map(({ bytes }) => bytes))).toBe(1e9);
    expect(curve.x.length).toBeLessThanOrEqual(610);
  });

  it('should go on with a running cell', () => {
    const [band] = bandsOf([], 300, { live: { started: 0, duration: 10 } });
    const samples = [
      { t_s: 1, host_bytes: 7, line: null },
      { t_s: 5, host_bytes: 9, devices: { 'cuda:0': 3 }, line: 2 }
    ];
    expect(liveCurve(samples, 'host', band, 4)).toEqual({
      device: 'host',
      x: [30, 150],
      y: [7, 9],
      run: [4, 4],
      t: [1, 5],
      line: [null, 2]
    });
    expect(liveCurve(samples, 'cuda:0', band, 4).y).toEqual([3]);
  });
});
