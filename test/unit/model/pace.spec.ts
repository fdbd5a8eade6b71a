import { GATHER, PACE, Pace } from '../../../src/model/pace';

describe('model/pace', () => {
  let told: number;
  let pace: Pace;

  beforeEach(() => {
    jest.useFakeTimers();
    told = 0;
    pace = new Pace(() => (told += 1));
  });

  afterEach(() => jest.useRealTimers());

  it('should tell at once what is waited for, and what follows together', () => {
    pace.soon();
    expect(told).toBe(1);
    pace.soon();
    pace.later();
    pace.soon();
    jest.advanceTimersByTime(PACE - 1);
    expect(told).toBe(1);
    jest.advanceTimersByTime(1);
    expect(told).toBe(2);
    jest.advanceTimersByTime(10 * PACE);
    expect(told).toBe(2);
  });

  it('should let what can wait be told with what is waited for', () => {
    pace.later();
    pace.soon();
    expect(told).toBe(1);
    jest.advanceTimersByTime(10 * PACE);
    expect(told).toBe(1);
  });

  it('should not wait for ever', () => {
    for (let i = 0; i < GATHER; i += 10) {
      pace.later();
      jest.advanceTimersByTime(10);
    }
    expect(told).toBe(1);
  });

  it('should tell nothing after its end', () => {
    pace.later();
    pace.dispose();
    pace.soon();
    jest.advanceTimersByTime(10 * PACE);
    expect(told).toBe(0);
  });
});
