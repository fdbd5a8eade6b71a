import type { DeepProfile } from '../../../src/record/_session';
import {
  hasRoofs,
  roofPoints,
  roofShare,
  stepShare
} from '../../../src/record/roofline';

const roof = {
  device: 'cpu',
  dtype: 'float32',
  flops_per_s: 100,
  flops_spread: 1,
  bytes_per_s: 10,
  bytes_spread: 1
};

const line = { place: 0, device: 'cpu', dtype: 'float32' };

const deep = {
  steps: [{ duration_s: 4 }],
  lines: [
    { ...line, operators_s: 1, backward_s: 1, flops: 100, moved_bytes: 2 },
    { ...line, place: 1, operators_s: 1, flops: 0, moved_bytes: 12 },
    { ...line, place: 2, operators_s: 0.5, flops: 10, moved_bytes: 4 },
    { ...line, place: 3, operators_s: 1, dtype: 'float64', moved_bytes: 4 },
    { ...line, place: 4, operators_s: 1, device: 'cuda:0', flops: 9 },
    { place: 5, operators_s: 1 }
  ],
  roofs: [roof, { ...roof, device: 'cuda:0' }]
} as unknown as DeepProfile;

describe('the roofline', () => {
  it('should hold lines of the host against its roof', () => {
    expect(
      roofPoints(deep).map(({ line: { place }, share, bound, intensity }) => [
        place,
        share,
        bound,
        intensity
      ])
    ).toEqual([
      [0, 0.5, 'operations', 50],
      [1, 1.2, 'memory', 0],
      [2, 0.8, 'memory', 2.5]
    ]);
  });

  it('should tell the share of a line', () => {
    const shares = deep.lines!.map(each => roofShare(each, deep));
    expect(shares).toEqual([0.5, 1.2, 0.8, null, null, null]);
    expect(roofShare(deep.lines![0], { ...deep, roofs: [] })).toBeNull();
  });

  it('should tell what the steps reach, of any device', () => {
    expect(stepShare(deep, roof)).toBe(110 / 4 / 100);
    expect(stepShare(deep, deep.roofs![1])).toBe(9 / 4 / 100);
    expect(stepShare({ ...deep, steps: [] }, roof)).toBeNull();
  });

  it('should stand roofs that are none', () => {
    const none = { ...roof, flops_per_s: 0, bytes_per_s: 0 };
    expect(roofPoints({ ...deep, roofs: [none] })).toEqual([]);
    expect(hasRoofs(deep)).toBe(true);
    expect(hasRoofs({ ...deep, lines: deep.lines!.slice(5) })).toBe(false);
  });
});
