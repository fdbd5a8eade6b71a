import { formatBytes } from '../record/units';

/** Ticks of an axis of bytes: round numbers in binary units, as people read memory. */
export function byteTicks(
  min: number,
  max: number,
  count: number,
  format: (bytes: number) => string = formatBytes
): { tickvals: number[]; ticktext: string[] } {
  const step = roundStep(Math.max(1, (max - min) / Math.max(1, count)));
  const tickvals: number[] = [];
  for (let tick = Math.ceil(min / step) * step; tick <= max; tick += step) {
    tickvals.push(tick);
  }
  return { tickvals, ticktext: tickvals.map(format) };
}

/** The next larger of 1, 2, 5, 10, 20, … 200, 512 bytes, KiB, MiB and so on. */
function roundStep(bytes: number): number {
  const unit = 1024 ** Math.max(0, Math.floor(Math.log2(bytes) / 10));
  const round = [1, 2, 5, 10, 20, 50, 100, 200, 512, 1024].find(
    step => step * unit >= bytes
  );
  return (round ?? 1024) * unit;
}
