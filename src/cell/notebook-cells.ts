/** What is shown in the cells of a notebook; a chunk of its own, loaded with the first run. */
import type { JupyterFrontEnd } from '@jupyterlab/application';
import { Notification } from '@jupyterlab/apputils';
import type { NotebookPanel } from '@jupyterlab/notebook';
import type { IDisposable } from '@lumino/disposable';

import '../../style/badge.css';

import { CommandIDs } from '../command-ids';
import type { NotebookProfile } from '../model/notebook-profile';
import type { CellRecord } from '../record/_session';
import { adviceKey } from '../record/derive';
import type { IProfiler } from '../tokens';
import type { ITranslate } from '../views/state';
import { NotebookBadges } from './badges';
import { CellWidgets } from './cell-widgets';
import type { EditorMarks } from './editor/marks';

/** Badges, heat and underlines of one notebook, drawn at most once a frame. */
export class NotebookCells implements IDisposable {
  constructor(private readonly _options: NotebookCells.IOptions) {
    const { panel, profile, trans } = _options;
    const { settings } = _options.profiler;
    this._widgets = new CellWidgets(panel);
    this._badges = new NotebookBadges({
      widgets: this._widgets,
      profile,
      isEnabled: () => settings.values.badges,
      minimum: () => ({
        seconds: settings.values.badgeMinimumSeconds,
        mebibytes: settings.values.badgeMinimumMebibytes
      }),
      open: (record, byKeyboard) => this._open(record, byKeyboard),
      trans
    });
    if (profile.isDisposed) {
      // The notebook was closed while this was loaded.
      this.dispose();
      return;
    }
    profile.cellChanged.connect(this._onCell, this);
    profile.changed.connect(this._onProfile, this);
    settings.changed.connect(this._onSettings, this);
    profile.notebook.disposed.connect(this.dispose, this);
    this._onSettings();
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  /** Show the advice on the line of the cursor, or on the next that has some, or say there is none. */
  async showAdviceAtCursor(): Promise<void> {
    const { panel, trans } = this._options;
    const cell = panel.content.activeCell;
    await this._loading;
    if (!cell || !this._marks?.showAtCursor(cell)) {
      Notification.info(trans.__('There is no advice in this cell.'), {
        autoClose: 3000
      });
    }
  }

  dispose(): void {
    if (this._isDisposed) {
      return;
    }
    this._isDisposed = true;
    cancelAnimationFrame(this._frame);
    const { profile, profiler } = this._options;
    profile.cellChanged.disconnect(this._onCell, this);
    profile.changed.disconnect(this._onProfile, this);
    profiler.settings.changed.disconnect(this._onSettings, this);
    profile.notebook.disposed.disconnect(this.dispose, this);
    this._badges.dispose();
    this._marks?.dispose();
  }

  private _onCell(_: NotebookProfile, cellId: string | null): void {
    if (cellId === null) {
      this._changed = null;
    } else {
      this._changed?.add(cellId);
    }
    this._schedule();
  }

  /** A cell begins to run, is sampled, or has ended: its badge says what the panel says. */
  private _onProfile({ model }: NotebookProfile): void {
    const running = model?.running?.cell.run_id ?? null;
    if (running !== null || running !== this._running) {
      this._running = running;
      this._schedule();
    }
  }

  private _onSettings(): void {
    this._changed = null;
    this._schedule();
  }

  private _schedule(): void {
    if (this._frame === 0) {
      this._frame = requestAnimationFrame(() => {
        this._frame = 0;
        this._refresh();
      });
    }
  }

  private _refresh(): void {
    const { panel } = this._options;
    if (panel.isDisposed) {
      return;
    }
    const changed = this._changed;
    this._changed = new Set();
    this._badges.update(changed);
    if (this._marks) {
      this._mark(this._marks, changed);
    } else if (!this._loading && changed?.size !== 0) {
      const { session } = this._options.profile.model ?? {};
      if ((session?.cells ?? []).some(canHaveMarks)) {
        this._loading = this._load();
      }
    }
  }

  private _mark(marks: EditorMarks, changed: ReadonlySet<string> | null): void {
    const ids =
      changed &&
      new Set([...changed].flatMap(id => [id, ...marks.related(id)]));
    if (ids?.size !== 0) {
      for (const cell of this._widgets.of(ids)) {
        marks.update(cell);
      }
    }
  }

  /** Load what marks editors. */
  private async _load(): Promise<void> {
    const { profile, profiler, trans } = this._options;
    const { EditorMarks } = await import('./editor/marks');
    if (!this._isDisposed) {
      this._marks = new EditorMarks({
        profile,
        hasHeat: () => profiler.settings.values.lineHeat,
        hasUnderlines: () => profiler.settings.values.adviceUnderlines,
        actions: {
          preview: ({ record, advice }) =>
            this._inFront().preview(record, advice),
          apply: ({ record, advice }) => this._inFront().apply(record, advice),
          isApplied: ({ record, advice }) =>
            profile.applied.has(adviceKey(record, advice)),
          run: ({ record, advice }) => this._inFront().run(record, advice),
          open: ({ record }) => this._open(record)
        },
        trans
      });
      this._onSettings();
    }
  }

  /** Show the detail of a run, or with `null` the panel; the keyboard's focus may go there, too. */
  private _open(record: CellRecord | null, byKeyboard = false): void {
    const actions = this._inFront();
    if (record && byKeyboard) {
      actions.enter(record);
    } else {
      actions.select(record?.run_id ?? null);
    }
    void this._options.app.commands.execute(CommandIDs.open);
  }

  /** What can be done is done to the notebook in front: it becomes this one. */
  private _inFront(): IProfiler['actions'] {
    const { app, panel, profile, profiler } = this._options;
    if (profiler.sessions.current !== profile) {
      app.shell.activateById(panel.id);
      profiler.sessions.setCurrent(profile.notebook);
    }
    return profiler.actions;
  }

  private readonly _badges: NotebookBadges;
  /** Ids of the cells to look at; `null`: all. */
  private _changed: Set<string> | null = null;
  private _frame = 0;
  private _isDisposed = false;
  private _loading: Promise<void> | null = null;
  private _marks: EditorMarks | null = null;
  private _running: string | null = null;
  private readonly _widgets: CellWidgets;
}

/** Types of `NotebookCells`. */
export namespace NotebookCells {
  /** What they are made of. */
  export interface IOptions {
    app: Pick<JupyterFrontEnd, 'commands' | 'shell'>;
    panel: NotebookPanel;
    profile: NotebookProfile;
    profiler: IProfiler;
    trans: ITranslate;
  }
}

function canHaveMarks({ places, advice }: CellRecord): boolean {
  return (
    (places ?? []).length > 0 ||
    (advice ?? []).some(({ lines }) => (lines ?? []).length > 0)
  );
}
