/**
 * Numbers as people read them: binary prefixes, at most three or four digits, a decimal point in
 * every locale (so that a report reads the same wherever it is opened).
 */

/** What stands for a number that could not be had. */
export const UNKNOWN = '–';

/** True minus, as wide as the plus. */
const MINUS = '\u2212';

const BYTE_UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];

/** Of the units. */
const GIB = 3;

const FLOP_UNITS = ['FLOP', 'kFLOP', 'MFLOP', 'GFLOP', 'TFLOP', 'PFLOP'];

type Maybe = number | null | undefined;

/** `1288490188` → `"1.2 GiB"`; `null` → `"–"`. */
export function formatBytes(bytes: Maybe): string {
  if (!isKnown(bytes)) {
    return UNKNOWN;
  }
  let value = Math.abs(bytes);
  let unit = 0;
  // 1023.96 KiB would read "1024 KiB": what rounds up to the next unit is written in it.
  while (Number(digits(value, unit)) >= 1024 && unit < BYTE_UNITS.length - 1) {
    value /= 1024;
    unit += 1;
  }
  const text = digits(value, unit);
  return `${bytes < 0 && text !== '0' ? MINUS : ''}${text} ${BYTE_UNITS[unit]}`;
}

/** A learning rate, of three digits: `0.00030000000000000003` → `"0.0003"`. */
export function formatRate(rate: number): string {
  return String(Number(rate.toPrecision(3)));
}

/** Signed: `432013312` → `"+412 MiB"`, `-1024` → `"−1 KiB"`, `0` → `"0 B"`. */
export function formatBytesDelta(bytes: Maybe): string {
  return withPlus(bytes, formatBytes(bytes));
}

/** `0.34` → `"340 ms"`, `72` → `"1 min 12 s"`; `null` → `"–"`. */
export function formatDuration(seconds: Maybe): string {
  if (!isKnown(seconds)) {
    return UNKNOWN;
  }
  const sign = seconds < 0 ? MINUS : '';
  const size = Math.abs(seconds);
  if (size === 0) {
    return '0 ms';
  }
  if (size < 0.9995) {
    const ms = size * 1000;
    return ms < 0.05
      ? `${sign}<0.1 ms`
      : `${sign}${ms < 10 ? trimmed(ms, 1) : ms.toFixed(0)} ms`;
  }
  if (size < 59.95) {
    return `${sign}${trimmed(size, size < 10 ? 2 : 1)} s`;
  }
  const whole = Math.round(size);
  return whole < 3600
    ? sign + twoParts(whole, 60, 'min', 's')
    : sign + twoParts(Math.round(whole / 60), 60, 'h', 'min');
}

/** Signed: `1.5` → `"+1.5 s"`, `-0.2` → `"−200 ms"`. */
export function formatDurationDelta(seconds: Maybe): string {
  return withPlus(seconds, formatDuration(seconds));
}

/** Floating-point operations, decimal prefix, three digits: `"8.98 GFLOP"`. */
export function formatFlops(count: Maybe): string {
  if (!isKnown(count)) {
    return UNKNOWN;
  }
  let [value, unit] = [count, 0];
  while (Number(value.toPrecision(3)) >= 1000 && unit < FLOP_UNITS.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${Number(value.toPrecision(3))} ${FLOP_UNITS[unit]}`;
}

/** A share as a percentage: `0.42` → `"42%"`, `0.001` → `"<1%"`. */
export function formatPercent(share: Maybe): string {
  if (!isKnown(share)) {
    return UNKNOWN;
  }
  if (share > 0 && share < 0.01) {
    return '<1%';
  }
  // "100%" says everything, so what is less never rounds up to it.
  const percent =
    share < 1 ? Math.min(99, Math.round(share * 100)) : Math.round(share * 100);
  return `${percent < 0 ? MINUS : ''}${Math.abs(percent)}%`;
}

/** A quantity with the unit that the record gives it. */
export function formatQuantity(value: Maybe, unit: 'bytes' | 's'): string {
  return unit === 'bytes' ? formatBytes(value) : formatDuration(value);
}

/** A difference with the unit that the record gives it. */
export function formatQuantityDelta(value: Maybe, unit: 'bytes' | 's'): string {
  return unit === 'bytes'
    ? formatBytesDelta(value)
    : formatDurationDelta(value);
}

function isKnown(value: Maybe): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}

function withPlus(value: Maybe, text: string): string {
  return isKnown(value) && value > 0 ? `+${text}` : text;
}

/** From a gibibyte on a tenth of one is much: three digits. */
function digits(value: number, unit: number): string {
  if (unit === 0 || value >= 99.95) {
    return value.toFixed(0);
  }
  return trimmed(value, unit >= GIB && value < 9.995 ? 2 : 1);
}

function trimmed(value: number, decimals: number): string {
  return String(Number(value.toFixed(decimals)));
}

function twoParts(
  count: number,
  base: number,
  large: string,
  small: string
): string {
  const rest = count % base;
  const head = `${Math.floor(count / base)} ${large}`;
  return rest === 0 ? head : `${head} ${rest} ${small}`;
}
