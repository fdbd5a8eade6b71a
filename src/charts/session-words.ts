/** Runs and moments in words, for those who go through the timeline by keyboard. */
import { cellName } from '../record/cell-name';
import { formatBytes, formatDuration, formatPercent } from '../record/units';
import { isolated } from '../record/visible';
import { runLabel } from '../views/parts/run-label';
import type { CellRecord, CellStarted } from '../record/_session';
import type { ITranslate } from '../views/state';
import { clip } from '../views/parts/text';
import { deviceName } from '../views/parts/usage';
import type { IReading } from './reading';
import { failureOf } from './ruler';

/** `[3] outputs = model(x), 340 ms, peak of host 1.2 GiB`. */
export function runWords(record: CellRecord, trans: ITranslate): string {
  return [
    `${runLabel(record)} ${isolated(clip(cellName(record.source).text, 80))}`,
    formatDuration(record.duration_s),
    ...[failureWords(record, trans)].filter(text => text !== ''),
    ...(record.memory ?? [])
      .filter(({ peak_bytes }) => peak_bytes > 0)
      .map(({ device, peak_bytes }) =>
        trans.__(
          'peak of %1 %2',
          isolated(clip(deviceName(device, trans), 20)),
          formatBytes(peak_bytes)
        )
      )
  ].join(', ');
}

/** `[3] 12 s, line 2, Host 1.2 GiB, cuda:0 3 GiB busy 60%`. */
export function readingWords(reading: IReading, trans: ITranslate): string {
  const { run, seconds, line, pause, devices } = reading;
  return [
    pause === null
      ? `${runLabel(run)} ${formatDuration(seconds)}`
      : trans.__('pause of %1', formatDuration(pause)),
    ...(line === null || pause !== null ? [] : [trans.__('line %1', line)]),
    ...devices.map(({ device, bytes, busy }) =>
      [
        isolated(clip(deviceName(device, trans), 20)),
        formatBytes(bytes),
        ...(busy === null ? [] : [trans.__('busy %1', formatPercent(busy))])
      ].join(' ')
    )
  ].join(', ');
}

/** How a run ended that did not end well; empty for the others. */
export function failureWords(
  run: CellRecord | CellStarted,
  trans: ITranslate
): string {
  const failure = failureOf(run);
  return failure === null
    ? ''
    : failure === 'error'
      ? trans.__('failed')
      : trans.__('interrupted');
}
