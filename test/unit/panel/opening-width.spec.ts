import { OPENING, openingSizes } from '../../../src/panel/opening-width';

describe('openingSizes', () => {
  const pixels = (sizes: number[] | null, width: number) =>
    sizes?.map(size => Math.round(size * width));

  it('should take what a sidebar lacks from the widest', () => {
    const width = 1250;
    expect(pixels(openingSizes([0.2, 0.6, 0.2], 2, width, 248), width)).toEqual(
      [250, 750 - 73, 250 + 73]
    );
    expect(pixels(openingSizes([0.2, 0.8], 0, width, 250), width)).toEqual([
      250 + 71,
      1000 - 71
    ]);
  });

  it('should leave one that has enough', () => {
    expect(openingSizes([0.2, 0.4, 0.4], 2, 1250, 498)).toBeNull();
    expect(openingSizes([0, 0.744, 0.256], 2, 1250, OPENING)).toBeNull();
  });

  it('should not take more than a third of a narrow page', () => {
    expect(pixels(openingSizes([0, 0.8, 0.2], 2, 600, 120), 600)).toEqual([
      0, 399, 201
    ]);
  });

  it('should do nothing where nothing is laid out', () => {
    expect(openingSizes([NaN, NaN], 0, 0, 0)).toBeNull();
  });
});
