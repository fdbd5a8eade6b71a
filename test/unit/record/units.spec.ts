import {
  formatBytes,
  formatBytesDelta,
  formatDuration,
  formatDurationDelta,
  formatPercent,
  formatQuantity,
  formatQuantityDelta
} from '../../../src/record/units';

const KIB = 2 ** 10;
const MIB = 2 ** 20;
const GIB = 2 ** 30;

describe('record/units', () => {
  it.each([
    [0, '0 B'],
    [1, '1 B'],
    [1023, '1023 B'],
    [KIB, '1 KiB'],
    [1536, '1.5 KiB'],
    [1023.99 * KIB, '1 MiB'],
    [4 * MIB, '4 MiB'],
    [41.25 * MIB, '41.3 MiB'],
    [99.96 * MIB, '100 MiB'],
    [412 * MIB, '412 MiB'],
    [1.2 * GIB, '1.2 GiB'],
    [1.04 * GIB, '1.04 GiB'],
    [9.994 * GIB, '9.99 GiB'],
    [9.996 * GIB, '10 GiB'],
    [139.8 * GIB, '140 GiB'],
    [3 * 2 ** 50, '3 PiB'],
    [5000 * 2 ** 50, '5000 PiB'],
    [-2 * KIB, '−2 KiB'],
    [null, '–'],
    [undefined, '–'],
    [NaN, '–'],
    [Infinity, '–']
  ])('formatBytes(%p) should be %p', (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text);
  });

  it.each([
    [412 * MIB, '+412 MiB'],
    [-1.5 * GIB, '−1.5 GiB'],
    [0, '0 B'],
    [null, '–']
  ])('formatBytesDelta(%p) should be %p', (bytes, text) => {
    expect(formatBytesDelta(bytes)).toBe(text);
  });

  it.each([
    [0, '0 ms'],
    [0.000001, '<0.1 ms'],
    [0.0004, '0.4 ms'],
    [0.0098, '9.8 ms'],
    [0.34, '340 ms'],
    [0.9994, '999 ms'],
    [0.9996, '1 s'],
    [2.345, '2.35 s'],
    [23.44, '23.4 s'],
    [59.96, '1 min'],
    [72, '1 min 12 s'],
    [3599.7, '1 h'],
    [3661, '1 h 1 min'],
    [90_000, '25 h'],
    [-0.2, '−200 ms'],
    [-75, '−1 min 15 s'],
    [null, '–']
  ])('formatDuration(%p) should be %p', (seconds, text) => {
    expect(formatDuration(seconds)).toBe(text);
  });

  it('should sign differences of time', () => {
    expect(formatDurationDelta(1.5)).toBe('+1.5 s');
    expect(formatDurationDelta(-1.5)).toBe('−1.5 s');
    expect(formatDurationDelta(0)).toBe('0 ms');
  });

  it.each([
    [0, '0%'],
    [0.001, '<1%'],
    [0.42, '42%'],
    [0.999, '99%'],
    [1, '100%'],
    [1.5, '150%'],
    [-0.1, '−10%'],
    [undefined, '–']
  ])('formatPercent(%p) should be %p', (share, text) => {
    expect(formatPercent(share)).toBe(text);
  });

  it('should follow the unit of the record', () => {
    expect(formatQuantity(MIB, 'bytes')).toBe('1 MiB');
    expect(formatQuantity(1, 's')).toBe('1 s');
    expect(formatQuantityDelta(-MIB, 'bytes')).toBe('−1 MiB');
    expect(formatQuantityDelta(1, 's')).toBe('+1 s');
  });
});
