import { memoryCurveFigure } from '../../../src/charts/memory-curve-figure';
import { readTheme } from '../../../src/charts/theme';

const MIB = 1 << 20;

describe('the drawing of a step in memory', () => {
  const { data, layout } = memoryCurveFigure(
    {
      t_s: [2, 2.5, 3],
      series: {
        activations: [0, 6 * MIB, 0],
        parameters: [2 * MIB, 2 * MIB, 2 * MIB],
        gradients: [0, 0, 0],
        'of a newer version': [1, 1, 1]
      }
    },
    category => category,
    { time: 'ms' },
    readTheme(document.body),
    [10, 20, 30]
  );

  it('should have what stays below what comes and goes', () => {
    expect(data).toMatchObject([
      { y: [2 * MIB, 2 * MIB, 2 * MIB], stackgroup: 'one' },
      { y: [0, 6 * MIB, 0], x: [0, 500, 1000] }
    ]);
    expect(data).toHaveLength(2);
  });

  it('should have round numbers of bytes on its axis', () => {
    expect(layout.yaxis).toMatchObject({
      ticktext: ['0 B', '2 MiB', '4 MiB', '6 MiB', '8 MiB']
    });
  });

  it('should stand an empty curve', () => {
    const empty = memoryCurveFigure(
      {},
      category => category,
      { time: 'ms' },
      readTheme(document.body),
      [0, 0, 0]
    );
    expect(empty.data).toEqual([]);
  });
});
