/** What changed in a step, in words: as `comparison/deep_text.py`, word for word. */
import type { IDeepChange, IDeepComparison } from '../../record/compare-deep';
import { ENOUGH_STEPS, isSameStep } from '../../record/compare-deep';
import type { IDeepRow } from '../../record/deep-rows';
import type { Phase } from '../../record/phases';
import { lineOf } from '../../record/places';
import { formatBytes, formatDuration } from '../../record/units';
import { clip } from '../parts/text';
import { phaseName } from '../places/phase-words';
import { quoted } from '../places/place-words';
import type { ITranslate } from '../state';

/** Why the steps cannot be compared; `null`: they can. */
export function reasonWords(
  { reason }: IDeepComparison,
  trans: ITranslate
): string | null {
  switch (reason) {
    case 'few':
      return trans.__(
        'not compared in depth: %1 whole steps of each are needed',
        ENOUGH_STEPS
      );
    case 'unlike':
      return trans.__('not compared in depth: one trains, the other does not');
    default:
      return null;
  }
}

/** ``"`Net.forward` line 12 took 38 ms a step, before 61 ms: y = self.body(x)"``. */
export function deepChangeWords(
  change: IDeepChange,
  trans: ITranslate
): string {
  const { kind, row, before, after, calls } = change;
  if (kind === 'peak') {
    return trans.__(
      'at the peak %1 of new tensors on %2, before %3',
      formatBytes(after),
      clip(row.name, 40),
      formatBytes(before)
    );
  }
  const [now, old] = [formatDuration(after), formatDuration(before)];
  if (kind === 'step') {
    return isSameStep(change)
      ? trans.__(
          'a step took %1, before %2: no difference beyond the spread',
          now,
          old
        )
      : trans.__('a step took %1, before %2', now, old);
  }
  const name = deepRowName(change, trans);
  const code = row.code ? `: ${clip(row.code, 60)}` : '';
  if (kind !== 'phase' && !(before > 0 && after > 0)) {
    return after > 0
      ? trans.__('%1 is new, took %2 a step%3', name, now, code)
      : trans.__('%1 is gone, took %2 a step%3', name, old, code);
  }
  const [callsBefore, callsNow] = calls.map(count => callsWords(count, trans));
  return callsBefore === callsNow
    ? trans.__('%1 took %2 a step, before %3%4', name, now, old, code)
    : trans.__(
        '%1 took %2 a step in %3, before %4 in %5',
        name,
        now,
        callsNow,
        old,
        callsBefore
      );
}

/** What a row is called: ``"`Net.forward` line 12"``, ``"`aten::mm` (backward)"``. */
export function deepRowName(
  { kind, row }: Pick<IDeepChange, 'kind' | 'row'>,
  trans: ITranslate
): string {
  if (kind === 'phase') {
    return phaseName(row.name as Phase, trans);
  }
  if (kind === 'line') {
    return lineName(row, trans);
  }
  return row.phase
    ? `${quoted(row.name)} (${clip(row.phase, 20)})`
    : quoted(row.name);
}

function lineName({ place }: IDeepRow, trans: ITranslate): string {
  const line = lineOf(place!);
  const where =
    place!.function || (place!.kind === 'file' ? (place!.path ?? '?') : null);
  return where === null
    ? trans.__('line %1', line)
    : trans.__('%1 line %2', quoted(where), line);
}

/** Calls in a step: `"12 calls"`, `"1.5 calls"`. */
export function callsWords(count: number, trans: ITranslate): string {
  const number = Number.isInteger(count) ? String(count) : count.toFixed(1);
  return number === '1' ? trans.__('1 call') : trans.__('%1 calls', number);
}
