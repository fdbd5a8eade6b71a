import type { IRoofPoint } from '../../../src/record/roofline';
import { rooflineFigure } from '../../../src/charts/roofline-figure';
import { readTheme } from '../../../src/charts/theme';

const roof = {
  device: 'cpu',
  dtype: '<b>float32</b>',
  flops_per_s: 100,
  flops_spread: 1,
  bytes_per_s: 10,
  bytes_spread: 1
};

function point(intensity: number, rate: number): IRoofPoint {
  return {
    line: { place: 0 },
    roof,
    seconds: 1,
    intensity,
    rate,
    traffic: 1,
    share: 0.5,
    bound: 'memory'
  };
}

describe('the drawing of a roofline', () => {
  const { data, layout } = rooflineFigure(
    [roof],
    [point(0, 0), point(2, 15)],
    { intensity: 'x', rate: 'y', name: () => '<script>' },
    readTheme(document.body)
  );

  it('should rise with memory and then be level', () => {
    expect(data[0]).toMatchObject({ mode: 'lines' });
    const { x, y } = data[0] as { x: number[]; y: number[] };
    expect(x[1]).toBe(10);
    expect(y.slice(1)).toEqual([100, 100]);
    expect(y[0]).toBeCloseTo(10 * x[0]);
    expect(layout.xaxis).toMatchObject({ type: 'log' });
  });

  it('should have a point for each line whose operations are counted', () => {
    expect(data[1]).toMatchObject({ x: [2], y: [15], customdata: [1] });
    expect(JSON.stringify(data)).not.toContain('<script>');
    expect(JSON.stringify(data)).not.toContain('<b>');
  });
});
