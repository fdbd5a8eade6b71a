import type { Zoom } from '../../../src/charts/zoom';
import {
  ALL,
  anchored,
  around,
  clamped,
  showing
} from '../../../src/charts/zoom';

const close = (zoom: Zoom) => zoom.map(share => expect.closeTo(share));

describe('charts/zoom', () => {
  it('should stay within the axis, and be all of it again', () => {
    expect(clamped([-0.2, 0.3])).toEqual(close([0, 0.5]));
    expect(clamped([0.8, 1.3])).toEqual(close([0.5, 1]));
    expect(clamped([-1, 2])).toBe(ALL);
    expect(around([0.25, 0.75], 0.5)).toBe(ALL);
  });

  it('should never come closer than anything can be seen', () => {
    let zoom: Zoom = ALL;
    for (let i = 0; i < 40; i++) {
      zoom = around(zoom, 2, 0.3);
    }
    expect(zoom[1]).toBeGreaterThan(zoom[0]);
    expect(zoom[0]).toBeCloseTo(0.3, 3);
  });

  it('should keep the place of the pointer', () => {
    const zoom = anchored(ALL, 4, 0.2);
    expect(zoom).toEqual(close([0.15, 0.4]));
    expect((0.2 - zoom[0]) / (zoom[1] - zoom[0])).toBeCloseTo(0.2);
    expect(anchored(zoom, 1 / 4, 0.2)).toBe(ALL);
  });

  it('should follow what is looked at', () => {
    const zoom: Zoom = [0.4, 0.6];
    expect(showing(zoom, [0.45, 0.5])).toBe(zoom);
    expect(showing(zoom, [0.1, 0.15])).toEqual(close([0.1, 0.3]));
    expect(showing(zoom, [0.9, 0.95])).toEqual(close([0.75, 0.95]));
    expect(showing(zoom, [0, 1])).toEqual(close([0.4, 0.6]));
    expect(showing(ALL, [0, 0.1])).toBe(ALL);
  });
});
