import { plotLabel } from '../../../src/charts/label';
import { mix } from '../../../src/charts/theme';
import { byteTicks } from '../../../src/charts/ticks';

describe('byteTicks', () => {
  it.each([
    [0, 2.1 * 2 ** 30, ['0 B', '1 GiB', '2 GiB']],
    [0, 340 * 2 ** 20, ['0 B', '100 MiB', '200 MiB', '300 MiB']],
    [0, 900 * 2 ** 20, ['0 B', '512 MiB']],
    [-3 * 2 ** 20, 4 * 2 ** 20, ['−2 MiB', '0 B', '2 MiB', '4 MiB']],
    [0, 3, ['0 B', '1 B', '2 B', '3 B']]
  ])('should be round in binary units: %d to %d', (min, max, expected) => {
    expect(byteTicks(min, max, 4).ticktext).toEqual(expected);
  });
});

describe('plotLabel', () => {
  it('should leave no markup for plotly.js to read', () => {
    expect(plotLabel('<a href="javascript:x">&amp;</a>')).toBe(
      '\u2068&lt;a href="javascript:x"&gt;&amp;amp;&lt;/a&gt;\u2069'
    );
  });
});

describe('mix', () => {
  it('should blend by share', () => {
    expect(mix([200, 100, 0], [0, 0, 0], 0.5)).toEqual([100, 50, 0]);
  });
});
