/** What the fixes brought that a run puts to the test, as short as a badge needs it. */
import type { CellRecord } from '../record/_session';
import { followedAdvice } from '../record/followed';
import { SAME_TIME, SHORT } from '../record/noise';
import { formatBytesDelta } from '../record/units';
import { timeWords } from '../views/advice/verification-words';
import type { ITranslate } from '../views/state';

/** A saving, or that there is none. */
export interface ISaving {
  readonly tone: 'better' | 'worse' | 'same';
  readonly text: string;
  /** What a screen reader says. */
  readonly words: string;
}

/** What was measured of what the fixes had promised; `null` where this run tests none. */
export function savingOf(
  record: CellRecord,
  trans: ITranslate
): ISaving | null {
  const followed =
    (record.verification ?? []).length > 0
      ? followedAdvice({ cells: [record] })
      : null;
  if (!followed) {
    return null;
  }
  const { kept_bytes, peak_bytes, speedup, worse } = followed;
  const now = record.duration_s;
  const isSlower =
    speedup !== null &&
    1 / speedup - 1 >= SAME_TIME &&
    now - now * speedup >= SHORT;
  const time = speedup === null ? null : timeWords(1, speedup, trans);
  const parts: string[] = [];
  if (kept_bytes !== null) {
    parts.push(formatBytesDelta(kept_bytes));
  }
  if (peak_bytes !== null) {
    parts.push(trans.__('peak %1', formatBytesDelta(peak_bytes)));
  }
  if (time !== null && isTold(speedup) && (parts.length === 0 || isSlower)) {
    // What costs time is said beside what it saves.
    parts.push(time);
  }
  if (parts.length === 0) {
    return worse === 0
      ? null
      : {
          tone: 'worse',
          text: trans.__('fix did not help'),
          words: trans.__('the fix did not help')
        };
  }
  const text = parts.join(trans.__(', '));
  if (worse > 0) {
    return {
      tone: 'worse',
      text: trans.__('fix did not help: %1', text),
      words: trans.__('the fix did not help: %1', text)
    };
  }
  const isBetter = kept_bytes !== null || peak_bytes !== null || !isSlower;
  return {
    tone: isBetter ? 'better' : 'same',
    text: isBetter ? trans.__('✓ %1', text) : text,
    words: trans.__('the fix was measured: %1', text)
  };
}

/** Whether two times differ by more than chance makes of single runs. */
function isTold(speedup: number | null): boolean {
  return speedup !== null && Math.max(speedup, 1 / speedup) - 1 >= SAME_TIME;
}
