import { wordsOf } from '../../../src/charts/lane-words';
import type { ILane } from '../../../src/charts/lanes';
import { widthOf } from '../../../src/charts/ruler';
import { english } from '../english';

const GIB = 2 ** 30;

describe('words above a row of the timeline', () => {
  const lane: ILane = {
    device: 'cuda:0',
    domain: [0, 1],
    busy: null,
    top: 2 * GIB,
    ceiling: null,
    ticks: { tickvals: [], ticktext: [] },
    peak: { run: 0, x: 100, bytes: 1.9 * GIB, isSampled: false }
  };
  const words = (width: number) =>
    wordsOf(lane, new Map([['cuda:0', 80 * GIB]]), 1, 0, width, english);

  it('should say what the device has where there is room', () => {
    expect(words(400).limit).toBe('limit 80 GiB');
  });

  it('should keep name and peak where there is little, in full', () => {
    const { name, limit, middle } = words(160);
    expect(limit).toBe('');
    expect(name).toContain('cuda:0');
    expect(middle! - widthOf('1.9 GiB') / 2).toBeGreaterThan(widthOf(name));
  });
});
