/** Changes cells and says what was done; a chunk of its own. */
import { Notification } from '@jupyterlab/apputils';
import type { IEditorLanguageRegistry } from '@jupyterlab/codemirror';

import type { ApplyOutcome } from '../fixes/apply';
import { applyFix, planFix } from '../fixes/apply';
import { mergeFixes, safeFixes } from '../fixes/merge';
import type { Advice, CellRecord, Fix } from '../record/_session';
import { runLabel } from '../views/parts/run-label';
import type { ITranslate } from '../views/state';
import { cellTitle } from '../views/advice/where';
import type { ITarget } from './affected';
import { affectedCells, runAffected, runAll } from './affected';

/** How long a notification with something to click stays, in milliseconds. */
const CLICKABLE_MS = 12_000;

type Applied = Extract<ApplyOutcome, { applied: true }>;

/** Apply a fix as one undo step per cell, or say why it cannot be applied. */
export function applyOne(target: ITarget, record: CellRecord, fix: Fix): void {
  const { profile, trans } = target;
  const { notebook, selected } = profile;
  const outcome = apply(target, fix);
  if (!outcome) {
    return;
  }
  void notebook.reveal(outcome.cellIds[0], false);
  if (selected && selected !== profile.selected) {
    // The edit may be in another cell, but what is to be measured is said here.
    profile.select(selected.run_id);
  }
  const { length } = affectedCells(target, record, fix);
  Notification.success(
    trans._n(
      'Applied: %2. Run the cell to measure what it saves.',
      'Applied: %2. Run the cells to measure what it saves.',
      length,
      fix.title
    ),
    {
      autoClose: CLICKABLE_MS,
      actions: [
        {
          label: trans._n('Run the cell', 'Run the cells', length),
          displayType: 'accent',
          callback: () => void runAffected(target, record, fix)
        },
        undoButton(outcome, trans)
      ]
    }
  );
}

/** Show what the fix would change, and apply it if the user agrees. */
export async function previewOne(
  target: ITarget,
  record: CellRecord,
  advice: Advice,
  fix: Fix,
  languages: IEditorLanguageRegistry | null
): Promise<void> {
  const { profile, session, trans } = target;
  const plan = planFix(profile.notebook, fix, session.cells ?? [], trans);
  if (!plan.possible) {
    Notification.warning(plan.message);
    return;
  }
  // CodeMirror's merge view is a chunk of its own.
  const { showPreview } = await import('../fixes/preview');
  const agreed = await showPreview({
    advice,
    edits: plan.edits,
    titleOf: cellId => cellTitle(session, cellId, trans),
    languages,
    trans
  });
  if (agreed) {
    // It checks again: the cell may have been edited meanwhile.
    applyOne(target, record, fix);
  }
}

/** Apply all safe fixes of a notebook, as one undo step per cell; which ones is asked first. */
export async function applyAllSafe(target: ITarget): Promise<void> {
  const { profile, session, trans } = target;
  const { notebook, silenced, stale } = profile;
  const fixes = safeFixes(notebook, session, silenced, stale, trans);
  if (fixes.length === 0) {
    Notification.info(
      trans.__('There is no safe fix that could be applied now.'),
      { autoClose: 3000 }
    );
    return;
  }
  const { chooseSafeFixes } = await import('../fixes/safe-dialog');
  const chosen = await chooseSafeFixes({ fixes, session, trans });
  if (!chosen) {
    return;
  }
  const { fix, taken, left } = mergeFixes(chosen, trans.__('Safe fixes'));
  const outcome = apply(target, fix);
  if (!outcome) {
    return;
  }
  profile.noteApplied(
    taken,
    new Map(
      outcome.cellIds.map(id => [
        id,
        notebook.cell(id)?.source.getSource() ?? ''
      ])
    )
  );
  const latest = new Map((session.cells ?? []).map(run => [run.cell_id, run]));
  const labels = notebook.cellIds
    .filter(id => outcome.cellIds.includes(id))
    .map(id => runLabel(latest.get(id) ?? { execution_count: null }));
  const words = [
    trans._n(
      'Applied one fix in cell %2. Run what was changed to measure what it saves.',
      'Applied %1 fixes in cells %2. Run what was changed to measure what it saves.',
      taken.length,
      labels.join(', ')
    )
  ];
  if (left.length > 0) {
    words.push(
      trans._n(
        'One more overlaps with them: run its cell again for the rest.',
        '%1 more overlap with them: run their cells again for the rest.',
        left.length
      )
    );
  }
  // What they save shows when the cells run that they were found on.
  const affected = new Set([
    ...outcome.cellIds,
    ...taken.map(({ record }) => record.cell_id)
  ]);
  const again = notebook.cellIds.filter(id => affected.has(id));
  Notification.success(words.join(' '), {
    autoClose: CLICKABLE_MS,
    actions: [
      {
        label: trans._n('Run the cell', 'Run the cells', again.length),
        displayType: 'accent',
        callback: () => void runAll(notebook, again)
      },
      undoButton(outcome, trans)
    ]
  });
}

/** Change the cells, or say why not. */
function apply({ profile, session, trans }: ITarget, fix: Fix): Applied | null {
  const runs = session.cells ?? [];
  const outcome = applyFix(profile.notebook, fix, runs, trans);
  if (!outcome.applied) {
    Notification.warning(outcome.message);
    return null;
  }
  return outcome;
}

function undoButton(outcome: Applied, trans: ITranslate): Notification.IAction {
  return {
    label: trans.__('Undo'),
    callback: () => {
      if (!outcome.undo()) {
        Notification.warning(
          trans.__(
            'The cell was edited since. Undo in the cell itself, step by step.'
          )
        );
      }
    }
  };
}
