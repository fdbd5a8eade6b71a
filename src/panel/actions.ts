import { Notification } from '@jupyterlab/apputils';
import type { IEditorLanguageRegistry } from '@jupyterlab/codemirror';
import { PageConfig } from '@jupyterlab/coreutils';
import type { IDocumentManager } from '@jupyterlab/docmanager';
import type { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import type { Contents } from '@jupyterlab/services';
import type { Widget } from '@lumino/widgets';

import { setDismissed } from '../model/dismissals';
import type { NotebookProfile } from '../model/notebook-profile';
import type { SessionManager } from '../model/session-manager';
import type { ProfilerSettings } from '../model/settings';
import type { Action, Advice, CellRecord, Fix } from '../record/_session';
import { actionKey } from '../record/derive';
import { holdingKey } from '../record/holding';
import { lineNow } from '../record/line-map';
import type { ISaving } from './saving';
import { serverPath } from './server-path';
import { openViewer, showTrace } from './trace-viewer';
import type { ITranslate, IViewActions } from '../views/state';
import type * as comparisons from '../comparison/open';
import type { ITarget } from './affected';
import type * as fixing from './fixing';

/** How long a notification with something to click stays, in milliseconds. */
const CLICKABLE_MS = 12_000;

/** What a click in the panel, on a badge or in a menu does to the notebook in front. */
export class ProfilerActions implements Required<Omit<IViewActions, 'hrefOf'>> {
  constructor(private readonly _options: ProfilerActions.IOptions) {}

  // Arrow functions, since the views take them apart.

  /** Open the detail of a run, or with `null` close it. */
  readonly select = (runId: string | null): void => {
    this._profile?.select(runId);
  };

  /**
   * Scroll the notebook to the cell of this run and make it the active one; `inFront`: also if
   * another tab is before the notebook.
   */
  readonly jumpTo = (record: CellRecord, inFront = false): void => {
    void this._show(
      record,
      ({ notebook }, cellId) => notebook.reveal(cellId, false),
      inFront
    );
  };

  /** As `jumpTo`, and put the keyboard's focus there. */
  readonly focusCell = (record: CellRecord): void => {
    void this._show(record, ({ notebook }, cellId) =>
      notebook.reveal(cellId, true)
    );
  };

  /** Open the detail of a run, and put the keyboard's focus there. */
  readonly enter = (record: CellRecord): void => {
    this._profile?.enter(record.run_id);
  };

  /** Close the detail of a run, and put the keyboard's focus into its cell. */
  readonly leave = (record: CellRecord): void => {
    this.select(null);
    this.focusCell(record);
  };

  /** Put the cursor on a line of the text that this run had, where it stands now. */
  readonly goToLine = (record: CellRecord, line: number): void => {
    void this._goToLine(record, line);
  };

  /** What opens a module that this run used, at a line, if its path is below the server's root. */
  readonly openerOf = (
    record: CellRecord,
    path: string
  ): ((line: number) => void) | null => {
    const notebook = this._target(record)?.notebook.path;
    const { documents } = this._options;
    if (!documents || notebook === undefined) {
      return null;
    }
    const root = PageConfig.getOption('serverRoot');
    const file = serverPath(path, notebook, root);
    return file === null
      ? null
      : line => void this._openFile(documents, file, record, path, line);
  };

  /** Show the fix as a diff, from which it can be applied. */
  readonly preview = (record: CellRecord, advice: Advice): void => {
    const { languages } = this._options;
    void this._fix(record, advice, ({ previewOne }, target, fix) =>
      previewOne(target, record, advice, fix, languages)
    );
  };

  /** Apply the fix as one undo step per cell, or say why it cannot be applied. */
  readonly apply = (record: CellRecord, advice: Advice): void => {
    void this._fix(record, advice, ({ applyOne }, target, fix) =>
      applyOne(target, record, fix)
    );
  };

  /** Run what an applied fix has changed, and the cell that it was found on. */
  readonly run = (record: CellRecord, advice: Advice): void => {
    void this._fix(record, advice, async (_, target, fix) => {
      const { runAffected } = await import('./affected');
      await runAffected(target, record, fix);
    });
  };

  /** Apply all safe fixes of the notebook in front; what will be done is shown first. */
  readonly applySafe = (): void => {
    const profile = this._profile;
    const session = profile?.model?.session;
    if (profile && session) {
      const { trans } = this._options;
      void import('./fixing').then(({ applyAllSafe }) =>
        applyAllSafe({ profile, session, trans })
      );
    }
  };

  /** Have the kernel carry out an action; a cell is run by the notebook itself. */
  readonly act = (record: CellRecord, advice: Advice, action: Action): void => {
    const profile = this._profile;
    if (action.kind !== 'run_cell') {
      void profile?.model?.act(actionKey(record, advice, action), action);
      return;
    }
    const [cellId] = action.targets ?? [];
    const owner = profile && this._options.manager.ownerOf(profile, cellId);
    if (owner?.notebook.cell(cellId)) {
      void owner.notebook.run(cellId);
    } else {
      this._sayGone();
    }
  };

  /** Run the cell of a run again, and have that recorded in depth. */
  readonly deepen = ({ cell_id: cellId }: CellRecord): void => {
    const profile = this._profile;
    const owner =
      profile && cellId && this._options.manager.ownerOf(profile, cellId);
    if (!owner || !owner.notebook.cell(cellId)) {
      this._sayGone();
      return;
    }
    try {
      profile.model?.askDeep(cellId);
    } catch (error) {
      Notification.error((error as Error).message);
      return;
    }
    void owner.notebook.run(cellId);
  };

  /** End what is recorded in depth of the cell that runs; the program goes on. */
  readonly stopDeep = (): void => {
    this._profile?.model?.stopDeep();
  };

  /** Have the browser save what this run recorded in depth, for Perfetto. */
  readonly saveTrace = (record: CellRecord): void => {
    void this._saveTrace(record);
  };

  /** Have the kernel run recorded work again, in another way; says why it could not. */
  readonly tryOut = async (
    record: CellRecord,
    work: number,
    alternative: string
  ): Promise<string | null> =>
    (await this._profile?.model?.tryOut(record.run_id, work, alternative)) ??
    null;

  /** Open what a run recorded in depth in another tab; at once, for the browser wants a click. */
  readonly openTrace = (record: CellRecord): void => {
    const { settings, trans } = this._options;
    const model = this._profile?.model;
    if (model) {
      const address = settings.values.traceViewer;
      const title = `cell-${record.execution_count ?? ''}`;
      const viewer = openViewer(address);
      showTrace(
        () => model.trace(record.run_id),
        viewer,
        address,
        title,
        trans
      );
    }
  };

  /** Have the kernel measure what devices do at best; says why it did not. */
  readonly measureRoofs = async (record: CellRecord): Promise<string | null> =>
    (await this._profile?.model?.measureRoofs(record.run_id)) ?? null;

  /** Have the kernel let go of what holds memory. */
  readonly release = (action: Action): void => {
    void this._profile?.model?.act(holdingKey(action), action);
  };

  /** Dismiss the advice of this rule on this cell, or bring it back; the notebook remembers. */
  readonly dismiss = (
    { rule, cell_id }: Advice,
    isDismissed: boolean
  ): void => {
    const profile = this._profile;
    if (profile && cell_id !== null) {
      const { notebook } = this._options.manager.ownerOf(profile, cell_id);
      setDismissed(notebook, { rule, cell_id }, isDismissed);
    }
  };

  /** Turn a rule off for good, with a way back. */
  readonly turnOff = (rule: string): void => {
    const { settings, trans } = this._options;
    const others = () =>
      settings.values.rulesOff.filter(other => other !== rule);
    void settings.set('rulesOff', [...others(), rule]);
    Notification.info(
      trans.__('%1 stays silent from now on, in all notebooks.', rule),
      {
        autoClose: CLICKABLE_MS,
        actions: [
          {
            label: trans.__('Undo'),
            callback: () => void settings.set('rulesOff', others())
          }
        ]
      }
    );
  };

  /** Show what the documentation says of a rule. */
  readonly learnMore = (rule: string): void => {
    const { rendermime, trans } = this._options;
    void import('./rule-docs').then(({ showRule }) =>
      showRule(rule, rendermime, trans)
    );
  };

  /** Save what was measured as one HTML file beside the notebook, with its source or without. */
  readonly exportReport = (source = true): void => {
    void this._export(source);
  };

  /** Show this run beside another of its cell, by default the last before its source changed. */
  readonly compare = (record: CellRecord, other?: CellRecord): void => {
    void this._compare(({ openRuns }, comparing) =>
      openRuns(comparing, record, other)
    );
  };

  /** Show the session beside a saved one; without its path, the user is asked. */
  readonly compareSession = (path?: string): void => {
    void this._compare(({ openSessions }, comparing) =>
      openSessions(comparing, path)
    );
  };

  /** Save the session beside the notebook, to be compared later. */
  readonly saveSession = (): void => {
    void this._saveSession();
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

  /** The notebook that has the cell. */
  private _target({ cell_id }: CellRecord): NotebookProfile | null {
    const profile = this._profile;
    return profile && this._options.manager.ownerOf(profile, cell_id);
  }

  private async _goToLine(record: CellRecord, line: number): Promise<void> {
    await this._show(record, ({ notebook }, cellId) => {
      const source = notebook.cell(cellId)?.source.getSource() ?? '';
      const now = lineNow(record.source, source, line);
      return now === null
        ? notebook.reveal(cellId, true)
        : notebook.revealLine(cellId, now);
    });
  }

  private async _openFile(
    documents: IDocumentManager,
    file: string,
    record: CellRecord,
    path: string,
    line: number
  ): Promise<void> {
    const { contents, trans } = this._options;
    const { openAtLine } = await import('./module-file');
    const text = record.files?.find(known => known.path === path)?.source ?? '';
    await openAtLine({ contents, documents, trans }, file, line, text);
  }

  /** Show something of a run's cell in its notebook, or say that it is gone. */
  private async _show(
    record: CellRecord,
    reveal: (target: NotebookProfile, cellId: string) => Promise<boolean>,
    inFront = true
  ): Promise<void> {
    const target = this._target(record);
    if (!target || record.cell_id === null) {
      return;
    }
    const { activate, isShown } = this._options;
    if (target !== this._profile || (inFront && !isShown(target))) {
      activate(target);
    }
    if (!(await reveal(target, record.cell_id))) {
      this._sayGone();
    }
  }

  private async _fix(
    record: CellRecord,
    { fix }: Advice,
    change: (
      chunk: typeof fixing,
      target: ITarget,
      fix: Fix
    ) => Promise<void> | void
  ): Promise<void> {
    const profile = this._target(record);
    const session = profile?.model?.session;
    if (profile && session && fix) {
      const { trans } = this._options;
      await change(await import('./fixing'), { profile, session, trans }, fix);
    }
  }

  private _sayGone(): void {
    Notification.info(
      this._options.trans.__('The cell is no longer in this notebook.'),
      { autoClose: 3000 }
    );
  }

  private async _export(source: boolean): Promise<void> {
    const { reportFile } = await import('./saving');
    const { connection, running } = this._options.manager.state;
    const model = this._profile?.model;
    const asks = model && connection.kind === 'connected' && !running;
    reportFile({
      ...this._saved,
      source,
      checks: asks ? () => model.checks() : null
    });
  }

  private async _saveSession(): Promise<void> {
    const { sessionFile } = await import('./saving');
    sessionFile(this._saved);
  }

  private async _saveTrace(record: CellRecord): Promise<void> {
    const model = this._profile?.model;
    const path = this._profile?.notebook.path;
    if (model) {
      const { traceFile } = await import('./trace-file');
      const { trans } = this._options;
      traceFile(() => model.trace(record.run_id), path ?? null, record, trans);
    }
  }

  /** The session of the notebook in front, to be saved beside it. */
  private get _saved(): ISaving {
    const { contents, manager, trans } = this._options;
    const path = this._profile?.notebook.path ?? null;
    return { contents, path, session: manager.state.session, trans };
  }

  private async _compare(
    compare: (
      chunk: typeof comparisons,
      comparing: comparisons.IComparing
    ) => Promise<void> | void
  ): Promise<void> {
    const chunk = await import('../comparison/open');
    const profile = this._profile;
    await compare(chunk, { ...this._options, profile, actions: this });
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
    /** Whether a notebook can be seen: no tab is before it. */
    isShown(profile: NotebookProfile): boolean;
    /** Put a widget into the main area, in front. */
    show(widget: Widget): void;
    /** Opens files, and shows those to choose from, where JupyterLab has it. */
    documents: IDocumentManager | null;
    /** Highlights the diff, where JupyterLab has it. */
    languages: IEditorLanguageRegistry | null;
    /** Draws the documentation, where JupyterLab has it. */
    rendermime: IRenderMimeRegistry | null;
    settings: Pick<ProfilerSettings, 'values' | 'set'>;
    trans: ITranslate;
  }
}
