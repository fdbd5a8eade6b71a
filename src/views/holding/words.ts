/** What a holder of memory is called, and what is said of it. */
import type {
  CountGrowth,
  MadeMemory,
  MemoryShare,
  RunGrowth
} from '../../record/_session';
import { formatBytes } from '../../record/units';
import type { ITranslate } from '../state';
import { clip } from '../parts/text';

/** Numbers that grow, told of one holder. */
const COUNTS = 3;

/** A kind of holder, as it is named beside a name. */
export function kindWords(
  kind: MemoryShare['kind'],
  trans: ITranslate
): string {
  switch (kind) {
    case 'parameters':
      return trans.__('parameters');
    case 'gradients':
      return trans.__('gradients');
    case 'optimizer_state':
      return trans.__('optimizer state');
    case 'tensors':
      return trans.__('tensors');
    case 'graphs':
      return trans.__('autograd graph');
    case 'outputs':
      return trans.__('an output that IPython keeps');
    case 'traceback':
      return trans.__('frames of the last error');
    case 'old_objects':
      return trans.__('bound to the name before');
    case 'cached':
      return trans.__('PyTorch’s cache');
    case 'other_processes':
      return trans.__('other processes');
    case 'freed':
      return trans.__('freed, kept by the process');
    case 'process':
      return trans.__('not tensors');
    case 'unknown':
      return trans.__('found in no variable');
  }
}

/** What is said of a holder that has no name. */
export function namelessWords(share: MemoryShare, trans: ITranslate): string {
  return share.kind === 'tensors'
    ? trans.__('small variables')
    : kindWords(share.kind, trans);
}

/** What explains a holder without a name: what it is, and what it is not. */
export function explanation(
  kind: MemoryShare['kind'],
  trans: ITranslate
): string {
  switch (kind) {
    case 'cached':
      return trans.__('free for this program’s next tensors');
    case 'process':
      return trans.__('Python, its libraries, and data that is no tensor');
    case 'unknown':
      return trans.__('in closures, in code of libraries, or not looked at');
    case 'freed':
      return trans.__('the C library has it for later use');
    default:
      return '';
  }
}

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
        'The search was cut: %1 objects were not looked at.',
        share.not_looked_at
      ),
      grows: false
    });
  }
  return notes;
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
        '%2: %1 tensors of %3.',
        tensors,
        grew,
        formatBytes(each_bytes)
      )
    : trans._n('%2: one tensor.', '%2: %1 tensors.', tensors, grew);
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
    grown,
    cell
  );
  const code = clip(name, 100);
  switch (kind) {
    case 'forward_hooks':
      return trans._n(
        '`%2` has one forward hook, %3.',
        '`%2` has %1 forward hooks, %3.',
        count,
        code,
        times
      );
    case 'forward_pre_hooks':
      return trans._n(
        '`%2` has one forward pre-hook, %3.',
        '`%2` has %1 forward pre-hooks, %3.',
        count,
        code,
        times
      );
    case 'backward_hooks':
      return trans._n(
        '`%2` has one backward hook, %3.',
        '`%2` has %1 backward hooks, %3.',
        count,
        code,
        times
      );
    case 'backward_pre_hooks':
      return trans._n(
        '`%2` has one backward pre-hook, %3.',
        '`%2` has %1 backward pre-hooks, %3.',
        count,
        code,
        times
      );
    case 'graph_nodes':
      return trans._n(
        'The autograd graph of `%2` has one node, %3: it goes on from the last run.',
        'The autograd graph of `%2` has %1 nodes, %3: it goes on from the last run.',
        count,
        code,
        times
      );
  }
}

/** What became of what a run made: `"480 MiB alive · 132 MiB freed in [7]"`. */
export function madeWords(made: MadeMemory, trans: ITranslate): string[] {
  const freed = Object.entries(made.freed ?? {}).sort((a, b) => b[1] - a[1]);
  const parts = freed
    .slice(0, 3)
    .map(([count, bytes]) =>
      count === ''
        ? trans.__('%1 freed by an action', formatBytes(bytes))
        : trans.__('%1 freed in [%2]', formatBytes(bytes), clip(count, 12))
    );
  const rest = freed.slice(3).reduce((sum, [, bytes]) => sum + bytes, 0);
  if (rest > 0) {
    parts.push(trans.__('%1 freed in others', formatBytes(rest)));
  }
  return parts;
}
