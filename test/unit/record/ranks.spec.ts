import { mainMemory } from '../../../src/record/derive';
import { fullestRank, lateRank, worstRanks } from '../../../src/record/ranks';
import { makeMemory } from '../builders';
import LATE from '../fixtures/ranks/late.json';
import { makeRank } from '../fixtures/ranks/make';

const MIB = 2 ** 20;

describe('record/ranks', () => {
  it.each(LATE)(
    'should name the rank that the others wait for: $name',
    ({ ranks, duration_s, late }) => {
      const runs = ranks.map((each, rank) =>
        makeRank(rank, {
          late: each ? { median_s: each[0], late_share: each[1] } : null,
          steps: each?.[2] ?? 0,
          duration_s
        })
      );
      expect(lateRank(runs)?.rank ?? null).toBe(late);
    }
  );

  it('should compare a rank with those that were started with it', () => {
    const late = { median_s: 0.031, late_share: 0.97 };
    const first = [makeRank(0), makeRank(1, { late })];
    const second = [
      makeRank(0, { launch: 1, late }),
      makeRank(1, { launch: 1, late })
    ];
    expect(lateRank([...second, ...first])).toBe(first[1]);
    expect(lateRank(second)).toBeNull();
  });

  it('should tell peaks of accelerators before those of the host', () => {
    const host = makeMemory({ peak_bytes: 900 * MIB });
    const device = makeMemory({ device: 'cuda:1', peak_bytes: 5 * MIB });
    const first = makeRank(0, { memory: [host] });
    const second = makeRank(1, { memory: [host, device] });
    expect(mainMemory(first.record)).toBe(host);
    expect(mainMemory(second.record)).toBe(device);
    expect(fullestRank([first, second])).toEqual({
      run: second,
      entry: device
    });
    expect(fullestRank([makeRank(0, { memory: [] })])).toBeNull();
  });

  it('should find those of many that are to be looked at first', () => {
    const ranks = Array.from({ length: 64 }, (_, rank) =>
      makeRank(rank, {
        exit: rank === 50 ? 'killed' : 'ok',
        late: { median_s: rank === 40 ? 0.1 : 0, late_share: 0 },
        duration_s: rank === 3 ? 9 : 2,
        memory: [makeMemory({ peak_bytes: (rank === 12 ? 7 : 5) * MIB })]
      })
    );
    expect(worstRanks(ranks, 4).map(({ rank }) => rank)).toEqual([
      3, 12, 40, 50
    ]);
    expect(worstRanks(ranks.slice(0, 2), 4)).toHaveLength(2);
  });
});
