import { byDevice } from '../../../../src/views/parts/by-device';

type Row = [device: string | null, bytes: number | null];

function ordered(rows: Row[]): Row[] {
  const rank = byDevice(
    rows,
    ([device]) => device,
    ([, bytes]) => bytes
  );
  return [...rows].sort((a, b) => rank(b) - rank(a));
}

describe('views/parts/by-device', () => {
  it('should put one device after the other, and the host last', () => {
    expect(
      ordered([
        ['host', 900],
        ['cuda:1', 5],
        ['cuda:0', 20],
        ['cuda:1', 300],
        ['host', 1000]
      ])
    ).toEqual([
      ['cuda:1', 300],
      ['cuda:1', 5],
      ['cuda:0', 20],
      ['host', 1000],
      ['host', 900]
    ]);
  });

  it("should know the host by PyTorch's name, too", () => {
    expect(
      ordered([
        ['cpu', 900],
        ['cuda:0', 20]
      ])
    ).toEqual([
      ['cuda:0', 20],
      ['cpu', 900]
    ]);
  });

  it('should put last what says no number', () => {
    expect(
      ordered([
        [null, 7],
        ['cuda:0', null],
        ['host', 3]
      ])[0]
    ).toEqual(['host', 3]);
  });
});
