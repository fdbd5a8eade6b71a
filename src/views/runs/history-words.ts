/** What is different in a run from the one before it. */
import { HOST, mainMemory } from '../../record/derive';
import { formatBytesDelta } from '../../record/units';
import { timeWords } from '../advice/verification-words';
import { deviceName } from '../parts/usage';
import type { CellRecord } from '../../record/_session';
import type { ITranslate } from '../state';

/** Peaks that differ by less are the same. Bytes. */
const SAME_PEAK = 1 << 20;
/** Where neither run took as long as this, their times are noise. Seconds. */
const SHORT = 0.05;

/**
 * `"1.2× faster, peak −12 MiB on cuda:1"`; empty for the first run, and where nothing is different.
 * What was recorded in depth took longer for that: it is held against such a run only, and no other
 * run against it.
 */
export function runChange(
  runs: readonly CellRecord[],
  index: number,
  trans: ITranslate
): string {
  const run = runs[index];
  const isDeep = (one: CellRecord | undefined) => Boolean(one?.deep);
  const before = runs
    .slice(0, Math.max(0, index))
    .reverse()
    .find(one => isDeep(one) === isDeep(run));
  if (isDeep(run) && !before) {
    return trans.__('recorded in depth');
  }
  // A run that failed was cut short: its numbers are not those of the cell.
  if (!run || !before || run.status !== 'ok' || before.status !== 'ok') {
    return '';
  }
  const words: string[] = [];
  if (Math.max(run.duration_s, before.duration_s) >= SHORT) {
    words.push(timeWords(run.duration_s, before.duration_s, trans));
  }
  const now = mainMemory(run);
  const then = mainMemory(before);
  if (now && then && now.device === then.device) {
    const change = now.peak_bytes - then.peak_bytes;
    if (Math.abs(change) >= SAME_PEAK) {
      const size = formatBytesDelta(change);
      words.push(
        hasAccelerator(runs)
          ? trans.__('peak %1 on %2', size, deviceName(now.device, trans))
          : trans.__('peak %1', size)
      );
    }
  }
  return words.join(', ');
}

/** Whether there is an accelerator, used or not, so that a size must say where it is. */
function hasAccelerator(runs: readonly CellRecord[]): boolean {
  const devices = runs.flatMap(({ memory = [] }) =>
    memory.map(({ device }) => device)
  );
  return devices.some(device => device !== HOST);
}
