/** Modules whose calls could be checkpointed, in words. */
import { formatDuration } from '../../record/units';
import type { DeepCheckpoint } from '../../record/_session';
import type { ITranslate } from '../state';

/** `"Net.blocks.0 and 3 other modules"`, as in `deliver/deep_growth.py`. */
export function checkpointName(
  { modules }: DeepCheckpoint,
  trans: ITranslate
): string {
  const rest = modules.length - 1;
  return rest > 0
    ? trans._n(
        '%2 and %1 other module',
        '%2 and %1 other modules',
        rest,
        modules[0]
      )
    : (modules[0] ?? '');
}

/** What it takes. */
export function checkpointCost(
  { again_s }: DeepCheckpoint,
  trans: ITranslate
): string {
  return trans.__(
    'With checkpoints %1 of forwards run twice in a step. What is read of a call is kept, the rest is computed again in the backward; norms over the batch count it twice.',
    formatDuration(again_s)
  );
}
