/** A run in words, for those who go through the timeline by keyboard. */
import { firstCodeLine } from '../record/derive';
import { formatBytes, formatDuration } from '../record/units';
import { isolated } from '../record/visible';
import { runLabel } from '../views/parts/run-label';
import type { CellRecord } from '../record/_session';
import type { ITranslate } from '../views/state';
import { clip } from '../views/parts/text';
import { deviceName } from '../views/parts/usage';

/** `[3] outputs = model(x), 340 ms, peak of host 1.2 GiB`. */
export function runWords(record: CellRecord, trans: ITranslate): string {
  return [
    `${runLabel(record)} ${isolated(clip(firstCodeLine(record.source), 80))}`,
    formatDuration(record.duration_s),
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
