import { HOST } from '../../record/derive';

/**
 * Ranks by bytes, one device after the other: that with the most first, and the host's memory after
 * that of accelerators, which is what is scarce. Rows that say no number, or that something was let
 * go on another device than the first, come last.
 *
 * @param deviceOf - `null`: of that row nobody knows
 * @returns the rank of a row; the highest comes first
 */
export function byDevice<Row>(
  rows: readonly Row[],
  deviceOf: (row: Row) => string | null,
  bytesOf: (row: Row) => number | null
): (row: Row) => number {
  const most = new Map<string, number>();
  for (const row of rows) {
    const device = deviceOf(row);
    if (device !== null) {
      most.set(device, Math.max(most.get(device) ?? 0, bytesOf(row) ?? 0));
    }
  }
  const devices = [...most]
    .sort(([a, x], [b, y]) => Number(isHost(a)) - Number(isHost(b)) || y - x)
    .map(([device]) => device);
  return row => {
    const place = devices.indexOf(deviceOf(row) ?? '');
    const bytes = bytesOf(row);
    return place < 0 || bytes === null || (place > 0 && bytes <= 0)
      ? 0
      : bytes * 2 ** (-60 * place);
  };
}

/** PyTorch calls the host's memory by another name than the record's list of devices. */
function isHost(device: string): boolean {
  return device === HOST || device === 'cpu';
}
