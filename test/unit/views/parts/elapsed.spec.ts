import {
  elapsedOf,
  elapsedWords,
  untilNextSecond
} from '../../../../src/views/parts/elapsed';
import { makeSample, makeStart } from '../../builders';

describe('views/parts/elapsed', () => {
  const cell = makeStart();

  it('should go on from the last sample by the clock of the page', () => {
    const samples = [makeSample(0.5), makeSample(2.5)];
    expect(elapsedOf({ cell, samples, seen: 1000 }, 1000)).toBe(2.5);
    expect(elapsedOf({ cell, samples, seen: 1000 }, 4000)).toBe(5.5);
    expect(elapsedOf({ cell, samples: [], seen: 1000 }, 4000)).toBe(3);
    expect(elapsedOf({ cell, samples }, 4000)).toBe(2.5);
  });

  it('should not break on the clock of a stranger', () => {
    expect(elapsedOf({ cell, samples: [makeSample(NaN)] }, 0)).toBe(0);
    const samples = [makeSample(1)];
    expect(elapsedOf({ cell, samples, seen: 1000 }, 0)).toBe(1);
  });

  it('should be told in whole seconds, and say when the next is full', () => {
    expect(elapsedWords(0.4)).toBe('1 s');
    expect(elapsedWords(7.9)).toBe('7 s');
    expect(untilNextSecond(7.75)).toBe(550);
    expect(untilNextSecond(7)).toBe(1300);
  });
});
