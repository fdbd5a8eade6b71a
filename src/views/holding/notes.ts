/** What is said below a holder: what is odd about it, and how it grew. */
import type {
  CountGrowth,
  MemoryShare,
  RunGrowth
} from '../../record/_session';
import { formatBytes } from '../../record/units';
import type { ITranslate } from '../state';
import { clip } from '../parts/text';

/** Numbers that grow, told of one holder. */
const COUNTS = 3;

/** Something that is said below a holder. Names stand between backticks. */
export interface INote {
  readonly text: string;
  /** It will take more and more. */
  readonly grows: boolean;
}

/** How a run, or the latest run of a cell, is called: `"[6]"`. */
export interface ILabels {
  run(id: string): string;
  cell(id: string | null): string;
}

/** What is odd about a holder, and how it grew. `memory/words.py` says the same in a terminal. */
export function noteWords(
  share: MemoryShare,
  labels: ILabels,
  trans: ITranslate
): INote[] {
  const { shares_with, shown_bytes, held_bytes, growth, within } = share;
  const notes: INote[] = [];
  if (shares_with) {
    notes.push({
      text: trans.__(
        'No copy: all of it is the memory of `%1`.',
        clip(shares_with, 100)
      ),
      grows: false
    });
  } else if (growth) {
    notes.push({
      text: trans._n(
        'Grew by %2 or more in the last run of %3.',
        'Grew by %2 or more in each of the last %1 runs of %3.',
        growth.runs,
        formatBytes(growth.grown_bytes),
        labels.cell(growth.cell_id)
      ),
      grows: true
    });
  } else if (within) {
    notes.push({
      text: withinWords(within, labels.run(within.run_id), trans),
      grows: false
    });
  } else if (typeof shown_bytes === 'number') {
    notes.push({
      text: trans.__(
        'A view of %1 that alone keeps %2.',
        formatBytes(shown_bytes),
        formatBytes(held_bytes)
      ),
      grows: false
    });
  }
  for (const one of (share.counts ?? []).slice(0, COUNTS)) {
    const cell = labels.cell(one.cell_id);
    notes.push({ text: countWords(one, cell, trans), grows: true });
  }
  if (share.not_looked_at) {
    notes.push({
      text: trans._n(
        'The search was cut: one object was not looked at.',
        'The search was cut: %2 objects were not looked at.',
        share.not_looked_at,
        thousands(share.not_looked_at)
      ),
      grows: false
    });
  }
  return notes;
}

/** As the terminal writes it. */
function thousands(number: number): string {
  return number.toLocaleString('en');
}

/** `"Grew by 384 MiB in [5] at line 3: 24 tensors of 16 MiB."` */
function withinWords(
  { grown_bytes, tensors = 0, each_bytes, line }: RunGrowth,
  run: string,
  trans: ITranslate
): string {
  const bytes = formatBytes(grown_bytes);
  const grew =
    typeof line === 'number'
      ? trans.__('Grew by %1 in %2 at line %3', bytes, run, line)
      : trans.__('Grew by %1 in %2', bytes, run);
  if (tensors === 0) {
    return trans.__('%1.', grew);
  }
  return typeof each_bytes === 'number'
    ? trans._n(
        '%2: one tensor of %3.',
        '%2: %4 tensors of %3.',
        tensors,
        grew,
        formatBytes(each_bytes),
        thousands(tensors)
      )
    : trans._n(
        '%2: one tensor.',
        '%2: %3 tensors.',
        tensors,
        grew,
        thousands(tensors)
      );
}

/** `"net.layer1 has 7 forward hooks, 1 more with each of the last 3 runs of [4]."` */
function countWords(
  { kind, name, count, grown, runs }: CountGrowth,
  cell: string,
  trans: ITranslate
): string {
  const times = trans._n(
    '%2 more with the last run of %3',
    '%2 more with each of the last %1 runs of %3',
    runs,
    thousands(grown),
    cell
  );
  const all = thousands(count);
  const code = clip(name, 100);
  switch (kind) {
    case 'forward_hooks':
      return trans._n(
        '`%2` has one forward hook, %3.',
        '`%2` has %4 forward hooks, %3.',
        count,
        code,
        times,
        all
      );
    case 'forward_pre_hooks':
      return trans._n(
        '`%2` has one forward pre-hook, %3.',
        '`%2` has %4 forward pre-hooks, %3.',
        count,
        code,
        times,
        all
      );
    case 'backward_hooks':
      return trans._n(
        '`%2` has one backward hook, %3.',
        '`%2` has %4 backward hooks, %3.',
        count,
        code,
        times,
        all
      );
    case 'backward_pre_hooks':
      return trans._n(
        '`%2` has one backward pre-hook, %3.',
        '`%2` has %4 backward pre-hooks, %3.',
        count,
        code,
        times,
        all
      );
    case 'graph_nodes':
      return trans._n(
        'The autograd graph of `%2` has one node, %3: it goes on from the last run.',
        'The autograd graph of `%2` has %4 nodes, %3: it goes on from the last run.',
        count,
        code,
        times,
        all
      );
  }
}
