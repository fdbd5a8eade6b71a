/**
 * What an optimizer really did, in words. `deliver/optimizers.py` says the same in the terminal;
 * one fixture holds both to it.
 */
import { cellLine } from '../../record/places';
import { formatRate } from '../../record/units';
import type { CellRecord, Optimizer } from '../../record/_session';
import type { ITranslate } from '../state';

/** Modules and parameters named one by one. */
const NAMED = 3;
/** Learning rates shown at most. */
const RATES = 3;

/** One fact; names stand between backticks (see `Prose`). */
export interface IFact {
  text: string;
  /** It may be why nothing was learnt. */
  notable: boolean;
}

/**
 * Whose parameters it has, if that lived in a function; steps, those left out, the learning rate,
 * and what is the matter with gradients.
 */
export function optimizerFacts(
  record: CellRecord,
  optimizer: Optimizer,
  trans: ITranslate
): IFact[] {
  const { steps, skipped = 0, count = 1 } = optimizer;
  const facts: (IFact | null)[] = [
    ownerFact(optimizer, trans),
    plain(
      count > 1
        ? trans._n('%1 step each', '%1 steps each', steps)
        : trans._n('%1 step', '%1 steps', steps)
    ),
    skipped > 0 ? notable(skippedWords(skipped, trans)) : null,
    rateFact(optimizer, trans),
    ungradedFact(optimizer, trans),
    notFiniteFact(record, optimizer, trans)
  ];
  return facts.filter(fact => fact !== null);
}

/** All optimizers of a run in a few words: their steps, and what is the matter with some. */
export function optimizersSummary(
  optimizers: readonly Optimizer[],
  trans: ITranslate
): IFact[] {
  const sum = (count: (optimizer: Optimizer) => number | undefined) =>
    optimizers.reduce((total, each) => total + (count(each) ?? 0), 0);
  const steps = sum(each => each.steps);
  const skipped = sum(each => each.skipped);
  const ungraded = sum(each => each.ungraded_parameters);
  const facts = [plain(trans._n('%1 step', '%1 steps', steps))];
  if (skipped > 0) {
    facts.push(notable(trans.__('%1 skipped', skipped)));
  }
  if (ungraded > 0) {
    facts.push(notable(trans.__('%1 without gradient', ungraded)));
  }
  return facts;
}

function ownerFact(
  { variable, local_module }: Optimizer,
  trans: ITranslate
): IFact | null {
  return variable === null && local_module
    ? plain(trans.__('parameters of %1', `\`${local_module}\``))
    : null;
}

function skippedWords(skipped: number, trans: ITranslate): string {
  return trans.__('%1 skipped by the scaler', skipped);
}

function rateFact(optimizer: Optimizer, trans: ITranslate): IFact | null {
  const { first_lr: first, groups = [] } = optimizer;
  const known = groups.map(({ lr }) => lr).filter(lr => typeof lr === 'number');
  const rates = [...new Set(known.map(formatRate))].slice(0, RATES);
  if (rates.length === 0) {
    return null;
  }
  const now = groups[0].lr;
  const changed =
    typeof first === 'number' &&
    typeof now === 'number' &&
    formatRate(first) !== formatRate(now);
  return plain(
    changed
      ? trans.__('lr %1 → %2', formatRate(first), rates.join(', '))
      : trans.__('lr %1', rates.join(', '))
  );
}

function ungradedFact(optimizer: Optimizer, trans: ITranslate): IFact | null {
  const { ungraded_parameters: count = 0, parameters = 0 } = optimizer;
  if (count === 0) {
    return null;
  }
  const words = trans._n(
    '%2 of %1 parameter never got a gradient',
    '%2 of %1 parameters never got a gradient',
    parameters,
    count
  );
  const ungraded = optimizer.ungraded ?? [];
  const names = ungraded
    .slice(0, NAMED)
    .map(({ path, tensors }) =>
      tensors > 1 ? `\`${path}\` (${tensors})` : `\`${path}\``
    );
  if (ungraded.length > NAMED) {
    names.push('…');
  }
  return notable(
    names.length > 0 ? trans.__('%1: %2', words, names.join(', ')) : words
  );
}

function notFiniteFact(
  record: CellRecord,
  optimizer: Optimizer,
  trans: ITranslate
): IFact | null {
  const step = optimizer.not_finite_step;
  if (typeof step !== 'number') {
    return null;
  }
  const line = cellLine(record, optimizer.not_finite_place);
  return notable(
    line === null
      ? trans.__('gradients not finite first at step %1', step)
      : trans.__('gradients not finite first at step %1, line %2', step, line)
  );
}

function plain(text: string): IFact {
  return { text, notable: false };
}

function notable(text: string): IFact {
  return { text, notable: true };
}
