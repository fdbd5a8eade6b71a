import { SampleBuffer } from '../../../src/model/samples';
import { makeSample } from '../builders';

const times = (buffer: SampleBuffer) => buffer.toArray().map(({ t_s }) => t_s);

describe('model/samples', () => {
  it('should keep everything while there is room', () => {
    expect(times(new SampleBuffer([0, 1, 2].map(t => makeSample(t))))).toEqual([
      0, 1, 2
    ]);
  });

  it('should halve the resolution, not forget the beginning or the end', () => {
    const buffer = new SampleBuffer([], 8);
    for (let t = 0; t < 1000; t++) {
      buffer.push(makeSample(t));
      const kept = times(buffer);
      expect(kept.length).toBeLessThanOrEqual(9);
      expect(kept[0]).toBe(0);
      expect(kept[kept.length - 1]).toBe(t);
    }
    const kept = times(buffer).slice(0, -1);
    const steps = kept.slice(1).map((t, index) => t - kept[index]);
    expect(new Set(steps).size).toBe(1);
  });

  it('should give a copy', () => {
    const buffer = new SampleBuffer([makeSample(0)]);
    const before = buffer.toArray();
    buffer.push(makeSample(1));
    expect(before).toHaveLength(1);
  });
});
