import type { IDisposable } from '@lumino/disposable';
import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';

import type { CellRecord, Session } from '../record/_session';
import type { ISilenced } from '../record/derive';
import { findRun, latestRunOf } from '../record/derive';
import type { Connection, Gone, IPanelState, ITranslate } from '../views/state';
import type { IFixOf } from './applied';
import { AppliedFixes, NOTHING_APPLIED } from './applied';
import { readDismissals } from './dismissals';
import type { INotebook } from './notebook';
import { ownersOf } from './owners';
import { Pace } from './pace';
import type { SessionChange, SessionModel } from './session-model';
import { Staleness } from './staleness';

/**
 * One notebook's view of its kernel's session: which runs belong to its cells, which of them are
 * stale, which one is open.
 */
export class NotebookProfile implements IDisposable {
  constructor(private readonly _options: NotebookProfile.IOptions) {
    const { notebook } = _options;
    notebook.cellsChanged.connect(this._onCells, this);
    notebook.counted.connect(this._adopt, this);
    notebook.activeCellChanged.connect(this._onActiveCell, this);
    notebook.portChanged.connect(this._emitAll, this);
  }

  /** The notebook. */
  get notebook(): INotebook {
    return this._options.notebook;
  }

  /** The state changed. Of what the kernel tells by itself it is told at a reader's pace. */
  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** What is known of this cell changed; `null`: of any cell. */
  get cellChanged(): ISignal<this, string | null> {
    return this._cellChanged;
  }

  /** The session of the notebook's kernel; the last one while there is no kernel. */
  get model(): SessionModel | null {
    return this._model;
  }
  set model(model: SessionModel | null) {
    if (model === this._model) {
      return;
    }
    this._model?.changed.disconnect(this._onSession, this);
    this._model = model;
    this._selected = null;
    // Other notebooks may share the new kernel.
    this._silenced = null;
    model?.changed.connect(this._onSession, this);
    this._adopt();
    this._emitAll();
  }

  /** The run whose detail is open, `null` if none is. */
  get selected(): CellRecord | null {
    const session = this._model?.session;
    return session ? findRun(session, this._selected) : null;
  }

  /** How the front end stands with the notebook's kernel. */
  get connection(): Connection {
    const { notebook, trans } = this._options;
    if (notebook.port && this._model) {
      return this._model.connection;
    }
    return this._model?.session
      ? { kind: 'disconnected', message: trans.__('The kernel is gone.') }
      : { kind: 'none', reason: 'no-kernel' };
  }

  /** Everything that the panel shows. Computed when asked for. */
  get state(): IPanelState {
    const { notebook } = this._options;
    const session = this._model?.session ?? null;
    return {
      connection: this.connection,
      session: session && this._named(session),
      running: this._model?.running ?? null,
      selected: this.selected?.run_id ?? null,
      entries: this._entries,
      stale: this.stale,
      gone: this.gone,
      applied: this.applied,
      cellOrder: notebook.cellIds,
      silenced: this.silenced,
      actions: this._model?.actions,
      history: this._model?.history
    };
  }

  /** `run_id`s whose cell's source was edited since; the same object as long as nothing changed. */
  get stale(): ReadonlySet<string> {
    return this._look().staleAmong(this._model?.session?.cells ?? []);
  }

  /** Of the stale runs those whose cell is gone; the same object as long as nothing changed. */
  get gone(): ReadonlyMap<string, Gone> {
    return this._look().goneAmong(this._model?.session?.cells ?? []);
  }

  /**
   * Advice whose fix is in the cells and has not run yet, by `adviceKey`; the same object as long
   * as nothing changed.
   */
  get applied(): ReadonlySet<string> {
    return this._applied.find(this._model?.session ?? null, this._look());
  }

  /**
   * Take note of fixes that were applied together.
   *
   * @param texts - what each cell holds since, by its id
   */
  noteApplied(
    fixes: readonly IFixOf[],
    texts: ReadonlyMap<string, string>
  ): void {
    this._applied.note(fixes, texts);
    this._emitAll();
  }

  /** The advice that is not to be heard; the same object as long as nothing changed. */
  get silenced(): ISilenced {
    if (!this._silenced) {
      const dismissed = new Map<string, Set<string>>();
      for (const notebook of this._options.notebooks(this)) {
        for (const { cell_id, rule } of readDismissals(notebook)) {
          const rules = dismissed.get(cell_id) ?? new Set();
          dismissed.set(cell_id, rules.add(rule));
        }
      }
      const rulesOff = new Set(this._options.rulesOff());
      this._silenced = { dismissed, rulesOff };
    }
    return this._silenced;
  }

  /** Advice was dismissed or brought back, or rules were turned off or on. */
  silence(): void {
    this._silenced = null;
    this._emitAll();
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  /** Open the detail of a run, or with `null` the list. */
  select(runId: string | null): void {
    if (runId !== this._selected) {
      this._selected = runId;
      this._changed.emit();
    }
  }

  /** Open the detail of a run, and ask for the keyboard's focus to go there. */
  enter(runId: string): void {
    this._selected = runId;
    this._entries += 1;
    this._changed.emit();
  }

  /** The latest run of the cell, `null` if it has not run. */
  latestRun(cellId: string): CellRecord | null {
    const session = this._model?.session;
    return session ? latestRunOf(session, cellId) : null;
  }

  /** Whether the source has changed since the run, or the cell is gone. */
  isStale(record: CellRecord): boolean {
    return this._look().isStale(record);
  }

  dispose(): void {
    if (this._isDisposed) {
      return;
    }
    this.model = null;
    this._isDisposed = true;
    this._pace.dispose();
    const { notebook } = this._options;
    notebook.cellsChanged.disconnect(this._onCells, this);
    notebook.counted.disconnect(this._adopt, this);
    notebook.activeCellChanged.disconnect(this._onActiveCell, this);
    notebook.portChanged.disconnect(this._emitAll, this);
    Signal.clearData(this);
  }

  /** What became of cells, up to date. */
  private _look(): Staleness {
    this._staleness.look([...this._options.notebooks(this)]);
    return this._staleness;
  }

  /** The session under the notebook's name; the same object as long as nothing changed. */
  private _named(session: Session): Session {
    const notebook = nameOf(this._options.notebook.path);
    if (this._source !== session || this._shown?.notebook !== notebook) {
      this._source = session;
      this._shown = { ...session, notebook };
    }
    return this._shown;
  }

  private _onSession(_: SessionModel, change: SessionChange): void {
    if (change.kind === 'session') {
      this._adopt();
      this._emitAll();
    } else if (change.kind === 'ended') {
      const { record, isNew } = change;
      if (record.cell_id === null) {
        this._adopt();
      }
      const open = this.selected;
      if (isNew && open?.cell_id && open.cell_id === record.cell_id) {
        // Whoever looks at a cell while it runs again wants to see what came of it.
        this._selected = record.run_id;
      }
      this._ended.add(record.cell_id);
      this._pace.soon();
    } else if (change.kind === 'connection' || change.kind === 'action') {
      this._changed.emit();
    } else {
      this._pace.later();
    }
  }

  private _tell(): void {
    const ended = [...this._ended];
    this._ended.clear();
    this._changed.emit();
    ended.forEach(cellId => this._cellChanged.emit(cellId));
  }

  /** Find the cells of runs that came without, as soon as the cells have their counts. */
  private _adopt(): void {
    const { model } = this;
    const records = model?.session?.cells ?? [];
    const owners = ownersOf(records, this._options.notebooks(this));
    if (owners.size > 0) {
      model?.adopt(owners);
    }
  }

  private _onCells(_: INotebook, cellId: string | null): void {
    if (cellId === null) {
      this._adopt();
    }
    const before = this._shownApplied;
    this._shownApplied = this.applied;
    // The fix of one cell may be in another.
    this._emit(before === this._shownApplied ? cellId : null);
  }

  private _onActiveCell(_: INotebook, cellId: string | null): void {
    const record = cellId === null ? null : this.latestRun(cellId);
    const open = this.selected;
    if (open && record && open.cell_id !== cellId) {
      this.select(record.run_id);
    }
  }

  private _emitAll(): void {
    this._emit(null);
  }

  private _emit(cellId: string | null): void {
    this._changed.emit();
    this._cellChanged.emit(cellId);
  }

  private readonly _applied = new AppliedFixes();
  /** Cells of runs that ended since that was told last. */
  private readonly _ended = new Set<string | null>();
  private readonly _pace = new Pace(() => this._tell());
  private _cellChanged = new Signal<this, string | null>(this);
  private _changed = new Signal<this, void>(this);
  /** How often `enter` was asked for. */
  private _entries = 0;
  private _isDisposed = false;
  private _model: SessionModel | null = null;
  private _selected: string | null = null;
  private _shown: Session | null = null;
  /** `applied` as it was when a cell last changed. */
  private _shownApplied = NOTHING_APPLIED;
  /** What `_shown` was made of. */
  private _source: Session | null = null;
  private _silenced: ISilenced | null = null;
  private readonly _staleness = new Staleness();
}

/** Types of `NotebookProfile`. */
export namespace NotebookProfile {
  /** What a profile is made of. */
  export interface IOptions {
    notebook: INotebook;
    /** The notebooks on the kernel of this profile, its own first. */
    notebooks(profile: NotebookProfile): Iterable<INotebook>;
    /** Rules that the user has turned off. */
    rulesOff(): readonly string[];
    trans: ITranslate;
  }
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
