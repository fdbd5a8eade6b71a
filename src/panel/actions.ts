import { Notification } from '@jupyterlab/apputils';
import type { IEditorLanguageRegistry } from '@jupyterlab/codemirror';
import type { Contents } from '@jupyterlab/services';

import type { Plan } from '../fixes/apply';
import { applyFix, planFix } from '../fixes/apply';
import type { NotebookProfile } from '../model/notebook-profile';
import type { SessionManager } from '../model/session-manager';
import type { Advice, CellRecord } from '../record/_session';
import type { ITranslate, IViewActions } from '../views/state';

/** How long a notification with something to click stays, in milliseconds. */
const CLICKABLE_MS = 12_000;

/** What a click in the panel, on a badge or in a menu does to the notebook in front. */
export class ProfilerActions implements Required<IViewActions> {
  constructor(private readonly _options: ProfilerActions.IOptions) {}

  // Arrow functions, since the views take them apart.

  /** Open the detail of a run, or with `null` close it. */
  readonly select = (runId: string | null): void => {
    this._profile?.select(runId);
  };

  /** Scroll the notebook to the cell of this run and make it the active one. */
  readonly jumpTo = (record: CellRecord): void => {
    void this._jump(record, false);
  };

  /** As `jumpTo`, and put the keyboard's focus there. */
  readonly focusCell = (record: CellRecord): void => {
    void this._jump(record, true);
  };

  /** Show the fix as a diff, from which it can be applied. */
  readonly preview = (record: CellRecord, advice: Advice): void => {
    void this._preview(record, advice);
  };

  /** Apply the fix as one undo step, or say why it cannot be applied. */
  readonly apply = (record: CellRecord, advice: Advice): void => {
    const target = this._target(record);
    if (!target || !advice.fix) {
      return;
    }
    const { trans } = this._options;
    const { notebook, session } = target;
    const outcome = applyFix(notebook, advice.fix, session, trans);
    if (!outcome.applied) {
      Notification.warning(outcome.message);
      return;
    }
    const [cellId] = outcome.cellIds;
    void notebook.reveal(cellId, false);
    Notification.success(
      trans.__(
        'Applied: %1. Run the cell to measure what it saves.',
        advice.fix.title
      ),
      {
        autoClose: CLICKABLE_MS,
        actions: [
          {
            label: trans.__('Run the cell'),
            displayType: 'accent',
            callback: () => void notebook.run(cellId)
          },
          {
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
          }
        ]
      }
    );
  };

  /** Save what was measured as one HTML file beside the notebook. */
  readonly exportReport = (): void => {
    void this._export();
  };

  /** Load the kernel extension in the kernel of the notebook in front. */
  readonly load = (): void => {
    if (this._profile) {
      void this._options.manager.load(this._profile);
    }
  };

  private get _profile(): NotebookProfile | null {
    return this._options.manager.current;
  }

  /** The notebook that has the cell, and all runs of its kernel. */
  private _target(record: CellRecord) {
    const profile = this._profile;
    const owner =
      profile && this._options.manager.ownerOf(profile, record.cell_id);
    return owner
      ? {
          profile: owner,
          notebook: owner.notebook,
          session: owner.model?.session?.cells ?? []
        }
      : null;
  }

  private async _jump(record: CellRecord, focus: boolean): Promise<void> {
    const target = this._target(record);
    if (!target || record.cell_id === null) {
      return;
    }
    if (target.profile !== this._profile) {
      this._options.activate(target.profile);
    }
    const { trans } = this._options;
    if (!(await target.notebook.reveal(record.cell_id, focus))) {
      Notification.info(trans.__('The cell is no longer in this notebook.'), {
        autoClose: 3000
      });
    }
  }

  private async _preview(record: CellRecord, advice: Advice): Promise<void> {
    const target = this._target(record);
    if (!target || !advice.fix) {
      return;
    }
    const { trans, languages } = this._options;
    const plan: Plan = planFix(
      target.notebook,
      advice.fix,
      target.session,
      trans
    );
    if (!plan.possible) {
      Notification.warning(plan.message);
      return;
    }
    // CodeMirror's merge view is a chunk of its own.
    const { showPreview } = await import('../fixes/preview');
    if (await showPreview({ advice, edits: plan.edits, languages, trans })) {
      // It checks again: the cell may have been edited meanwhile.
      this.apply(record, advice);
    }
  }

  private async _export(): Promise<void> {
    const { contents, trans } = this._options;
    const { session } = this._options.manager.state;
    const path = this._profile?.notebook.path;
    if (!session || !path) {
      Notification.info(
        trans.__('There is nothing to export yet: run a cell first.'),
        { autoClose: 3000 }
      );
      return;
    }
    const { exportReport } = await import('./export-report');
    const saving = exportReport(contents, path, session);
    Notification.promise(saving, {
      pending: { message: trans.__('Exporting the report…') },
      success: {
        message: saved => trans.__('Report saved as %1', String(saved)),
        options: {
          autoClose: CLICKABLE_MS,
          actions: [
            {
              label: trans.__('Open'),
              displayType: 'accent',
              callback: () => void saving.then(saved => this._open(saved))
            }
          ]
        }
      },
      error: {
        message: reason =>
          trans.__(
            'The report could not be saved: %1',
            (reason as Error).message
          )
      }
    });
  }

  /**
   * Open a report in a tab of the browser: JupyterLab's own viewer keeps its script from running
   * until the file is trusted.
   */
  private async _open(path: string): Promise<void> {
    const url = await this._options.contents.getDownloadUrl(path);
    window.open(url, '_blank', 'noopener');
  }
}

/** Types of `ProfilerActions`. */
export namespace ProfilerActions {
  /** What the actions need. */
  export interface IOptions {
    manager: SessionManager;
    contents: Contents.IManager;
    /** Bring another notebook to the front. */
    activate(profile: NotebookProfile): void;
    /** Highlights the diff, where JupyterLab has it. */
    languages: IEditorLanguageRegistry | null;
    trans: ITranslate;
  }
}
