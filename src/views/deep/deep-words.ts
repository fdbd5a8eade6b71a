/** A deep profile in words; the sentence is that of `deliver/deep.py`, word for word. */
import { deepShares, medianStep, recordedSeconds } from '../../record/deep';
import { formatDuration, formatPercent } from '../../record/units';
import { phaseName } from '../places/phase-words';
import type { DeepProfile } from '../../record/_session';
import type { ITranslate } from '../state';

/** `"3 steps of 12 ms: backward 41%, forward 28%, …; the cell's thread ran no operator for 30% …"`. */
export function verdictWords(deep: DeepProfile, trans: ITranslate): string {
  const whole = recordedSeconds(deep);
  if (whole === 0) {
    return trans.__('Nothing was recorded.');
  }
  const words = deepShares(deep)
    .map(({ phase, share }) =>
      trans.__('%1 %2', phaseName(phase, trans), formatPercent(share))
    )
    .join(', ');
  return trans.__(
    "%1: %2; the cell's thread ran no operator for %3 of the time",
    whatWords(deep, trans),
    words,
    formatPercent(Math.min(1, (deep.idle_s ?? 0) / whole))
  );
}

/** `"3 steps of 12 ms"`; `"2.1 s of the run"` of one without steps. */
export function whatWords(deep: DeepProfile, trans: ITranslate): string {
  if (!deep.window.whole_steps) {
    return trans.__('%1 of the run', formatDuration(recordedSeconds(deep)));
  }
  const count = (deep.steps ?? []).length;
  return trans._n(
    '%1 step of %2',
    '%1 steps of %2',
    count,
    formatDuration(medianStep(deep))
  );
}

/** What the window left out, and why; `null`: nothing. */
export function cutWords(
  { window, lines_known, steps_asked }: DeepProfile,
  trans: ITranslate
): string | null {
  switch (window.cut) {
    case 'events':
      return trans.__(
        'Less was recorded than was asked for: a step makes so many events that %1 would take too much memory.',
        steps_asked
      );
    case 'time':
      return trans.__('Recording ended after ten seconds.');
    case 'error':
      return trans.__('Recording ended early, as a part of it failed.');
    case 'user_profiler':
      return trans.__(
        'Recording ended where the program started a profiler of its own.'
      );
    case 'stopped':
      return trans.__('Recording ended early, as it was stopped.');
    default:
      return lines_known === false
        ? trans.__(
            'Lines are not known: a debugger or a tracer was at work, and goes first.'
          )
        : null;
  }
}
