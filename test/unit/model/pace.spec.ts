import {
  CALM,
  GATHER,
  PACE,
  Pace,
  SHARE,
  SLOWEST
} from '../../../src/model/pace';

describe('model/pace', () => {
  let told: number;
  let pace: Pace;

  beforeEach(() => {
    jest.useFakeTimers();
    told = 0;
    pace = new Pace(() => (told += 1));
  });

  afterEach(() => {
    jest.restoreAllMocks();
    jest.useRealTimers();
  });

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

  it('should tell once a second of a row of quick cells, and of its last soon', () => {
    pace.soon();
    for (let at = 0; at < SLOWEST; at += CALM / 2) {
      expect(told).toBe(1);
      pace.soon();
      jest.advanceTimersByTime(CALM / 2);
    }
    expect(told).toBe(2);
    jest.advanceTimersByTime(PACE);
    pace.soon();
    expect(told).toBe(3);
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

  it.each([
    ['where drawing takes long', 50, 50 / SHARE],
    ['where it is quick', 5, PACE],
    ['a second at most', 900, SLOWEST]
  ])('should go by what the page takes to draw: %s', (_, cost, interval) => {
    let now = 0;
    jest.spyOn(performance, 'now').mockImplementation(() => now);
    jest
      .spyOn(window, 'requestAnimationFrame')
      .mockImplementation(draw => (draw(now), (now += cost)));
    const waits = jest.spyOn(window, 'setTimeout');
    pace.now();
    jest.advanceTimersByTime(0);
    pace.later();
    expect(waits).toHaveBeenLastCalledWith(
      expect.any(Function),
      interval - cost
    );
  });

  it('should tell nothing after its end', () => {
    pace.later();
    pace.dispose();
    pace.soon();
    jest.advanceTimersByTime(10 * PACE);
    expect(told).toBe(0);
  });
});
