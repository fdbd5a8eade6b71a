import { OPENING, openingSizes } from '../../../src/panel/opening-width';

describe('openingSizes', () => {
  const pixels = (sizes: number[] | null, width: number) =>
    sizes?.map(size => Math.round(size * width));

  it('should take what a sidebar lacks from the widest', () => {
    const width = 1250;
    expect(pixels(openingSizes([0.2, 0.6, 0.2], 2, width), width)).toEqual([
      250,
      680,
      OPENING
    ]);
    expect(pixels(openingSizes([0.2, 0.8], 0, width), width)).toEqual([
      OPENING,
      930
    ]);
  });

  it('should leave one that has enough', () => {
    expect(openingSizes([0.2, 0.4, 0.4], 2, 1250)).toBeNull();
    expect(openingSizes([0, 1 - 320 / 1250, 320 / 1250], 2, 1250)).toBeNull();
  });

  it('should not take more than a third of a narrow page', () => {
    expect(pixels(openingSizes([0, 0.8, 0.2], 2, 600), 600)).toEqual([
      0, 400, 200
    ]);
  });

  it('should do nothing where nothing is laid out', () => {
    expect(openingSizes([NaN, NaN], 0, 0)).toBeNull();
    expect(openingSizes([0.5, 0.5], -1, 1000)).toBeNull();
  });
});
