/** A step with other sizes, in words. */
import type { IPeak } from '../../record/what-if';
import {
  measuredPeak,
  squareBytes,
  untoldBytes,
  whyNot
} from '../../record/what-if';
import { formatBytes } from '../../record/units';
import type { DeepMemory, DeepProfile } from '../../record/_session';
import type { ITranslate } from '../state';

/** A range that is narrower than this part of itself is one number. */
const SAME = 0.02;
/** A smaller part of the peak is not told. */
const LEAST = 0.005;

/** `"1.2 GiB"`; `"between 1.2 GiB and 1.9 GiB"`. */
export function rangeWords(
  { least, most }: Pick<IPeak, 'least' | 'most'>,
  trans: ITranslate
): string {
  return most - least <= SAME * most
    ? formatBytes(most)
    : trans.__('between %1 and %2', formatBytes(least), formatBytes(most));
}

/** What a step needs memory for. */
export function categoryWords(category: string, trans: ITranslate): string {
  switch (category) {
    case 'parameters':
      return trans.__('parameters');
    case 'gradients':
      return trans.__('gradients');
    case 'optimizer':
      return trans.__('optimizer state');
    case 'activations':
      return trans.__('activations');
    case 'temporaries':
      return trans.__('temporary');
    case 'batch':
      return trans.__('batch');
    case 'kept':
      return trans.__('kept after the step');
    default:
      return trans.__('stood before');
  }
}

/** Why other sizes cannot be reckoned with; `null`: they can. */
export function whyNotWords(
  deep: DeepProfile,
  trans: ITranslate
): string | null {
  switch (whyNot(deep)) {
    case 'one':
      return trans.__(
        'With a batch of one it cannot be told what grows with it. Profile a larger one.'
      );
    case 'sizes':
      return trans.__(
        'It cannot be told what grows with the batch: the forwards of a step got different sizes, or none were seen.'
      );
    default:
      return null;
  }
}

/** What does not grow as the batch does, or may not. */
export function growthWords(memory: DeepMemory, trans: ITranslate): string[] {
  const worth = LEAST * measuredPeak(memory);
  const said: string[] = [];
  const batch = squareBytes(memory, 'batch');
  if (batch > worth) {
    said.push(
      trans.__(
        '%1 of the measured peak grow with the square of the batch size.',
        formatBytes(batch)
      )
    );
  }
  const length = squareBytes(memory, 'length');
  if (length > worth) {
    said.push(
      trans.__(
        '%1 of the measured peak grow with the square of the sequence length.',
        formatBytes(length)
      )
    );
  }
  const untold = untoldBytes(memory);
  if (untold > worth) {
    said.push(
      trans.__(
        'Of %1 it cannot be told how they grow: the batch is as large as something else in their shapes, or no operator got them.',
        formatBytes(untold)
      )
    );
  }
  return said;
}
