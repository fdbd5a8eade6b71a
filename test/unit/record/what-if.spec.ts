import type {
  DeepMemory,
  DeepPart,
  DeepProfile
} from '../../../src/record/_session';
import {
  GIB,
  fitOf,
  measuredPeak,
  memoryOf,
  peakOf,
  roomsOf,
  squareBytes,
  untoldBytes,
  whyNot
} from '../../../src/record/what-if';
import { makeRecord } from '../builders';

const part = (
  category: string,
  held_bytes: number,
  more: Partial<DeepPart> = {}
): DeepPart => ({ category, held_bytes, blocks: 1, ...more });

const memory: DeepMemory = {
  device: 'cuda:0',
  peak_bytes: 0,
  peak_s: 0,
  end_bytes: 0,
  moments: [
    {
      at_s: 1,
      phase: 'backward',
      parts: [
        part('activations', 1000, { batch: 1, length: 1, floating: 4 }),
        part('activations', 200, { batch: 1, length: 2, floating: 4 }),
        part('parameters', 100, { floating: 4 }),
        part('batch', 10, { batch: 1, floating: null })
      ]
    },
    {
      at_s: 2,
      phase: 'optimizer',
      parts: [part('parameters', 100), part('temporaries', 400)]
    }
  ]
};

const deep = {
  batch_size: 10,
  sequence_length: 8,
  memory: [{ ...memory, device: 'cpu' }, memory]
} as DeepProfile;

const wish = { batch: 10, length: 8, half: false };

describe('the peak with other sizes', () => {
  it('should be what was measured with the same', () => {
    expect(memoryOf(deep)).toBe(memory);
    expect(peakOf(deep, memory, wish)).toMatchObject({
      least: 1310,
      most: 1310,
      phase: 'backward'
    });
    expect(measuredPeak(memory)).toBe(1310);
  });

  it('should grow as its blocks do', () => {
    const peak = peakOf(deep, memory, { ...wish, batch: 20, length: 16 });
    expect(peak.most).toBe(4 * 1000 + 8 * 200 + 100 + 20);
    expect(peak.shares[0]).toEqual({
      category: 'activations',
      least: 5600,
      most: 5600
    });
  });

  it('should be at another moment where the batch is small', () => {
    expect(peakOf(deep, memory, { ...wish, batch: 1 })).toMatchObject({
      most: 500,
      phase: 'optimizer'
    });
  });

  it('should halve what is in single precision', () => {
    expect(peakOf(deep, memory, { ...wish, half: true }).most).toBe(
      1300 / 2 + 10
    );
  });

  it('should leave a range where sizes do not tell, whichever way it goes', () => {
    const unsure: DeepMemory = {
      ...memory,
      moments: [
        {
          at_s: 1,
          phase: 'forward',
          parts: [
            part('activations', 100, { batch: 1, most_batch: 2 }),
            part('temporaries', 100, { batch: 0, most_batch: 1 })
          ]
        }
      ]
    };
    const at = (batch: number) => peakOf(deep, unsure, { ...wish, batch });
    expect([at(20).least, at(20).most]).toEqual([300, 600]);
    expect([at(5).least, at(5).most]).toEqual([75, 150]);
    expect(untoldBytes(unsure)).toBe(200);
    expect(fitOf(at(20), 600)).toBe('fits');
    expect(fitOf(at(20), 500)).toBe('unknown');
    expect(fitOf(at(20), 299)).toBe('exceeds');
  });

  it('should say what grows with a square', () => {
    expect(squareBytes(memory, 'length')).toBe(200);
    expect(squareBytes(memory, 'batch')).toBe(0);
  });

  it('should be told of the own devices first, with the largest batch', () => {
    const record = makeRecord({
      memory: [
        {
          device: 'host',
          allocated_before_bytes: 0,
          allocated_after_bytes: 0,
          peak_bytes: 0,
          peak_is: 'exact',
          total_bytes: 5
        },
        {
          device: 'cuda:0',
          allocated_before_bytes: 0,
          allocated_after_bytes: 0,
          peak_bytes: 0,
          peak_is: 'exact',
          total_bytes: 2531
        }
      ]
    });
    const rooms = roomsOf(record, deep, memory, wish);
    expect(rooms[0]).toEqual({
      device: 'cuda:0',
      bytes: 2531,
      fit: 'fits',
      batch: 20
    });
    expect(rooms.slice(1).map(({ bytes }) => bytes / GIB)).toEqual([
      8, 16, 24, 80
    ]);
    const [tight] = roomsOf(
      { ...record, memory: [{ ...record.memory![1], total_bytes: 400 }] },
      deep,
      memory,
      wish
    );
    expect(tight).toMatchObject({ fit: 'exceeds', batch: 0 });
  });

  it('should not be reckoned where no batch is known', () => {
    expect(whyNot(deep)).toBeNull();
    expect(whyNot({ ...deep, batch_size: 1 })).toBe('one');
    expect(whyNot({ ...deep, batch_size: null })).toBe('sizes');
    expect(memoryOf({ ...deep, memory: [] })).toBeNull();
  });
});
