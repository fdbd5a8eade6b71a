import type { Cell } from '@jupyterlab/cells';
import type { NotebookPanel } from '@jupyterlab/notebook';
import type { IDisposable } from '@lumino/disposable';
import { PanelLayout } from '@lumino/widgets';

import type { NotebookProfile } from '../model/notebook-profile';
import type { CellRecord } from '../record/_session';
import type { ITranslate } from '../views/state';
import { CellBadge } from './badge';

/** The badges of one notebook: as many as it has profiled cells, drawn at most once per frame. */
export class NotebookBadges implements IDisposable {
  constructor(private readonly _options: NotebookBadges.IOptions) {
    const { profile } = _options;
    profile.cellChanged.connect(this._onCell, this);
    this._onCell(profile, null);
  }

  /** Whether badges are shown. */
  get isEnabled(): boolean {
    return this._isEnabled;
  }
  set isEnabled(value: boolean) {
    if (value !== this._isEnabled) {
      this._isEnabled = value;
      this._onCell(this._options.profile, null);
    }
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    if (this._isDisposed) {
      return;
    }
    this._isDisposed = true;
    cancelAnimationFrame(this._frame);
    this._options.profile.cellChanged.disconnect(this._onCell, this);
    for (const badge of this._badges.values()) {
      badge.dispose();
    }
    this._badges.clear();
  }

  private _onCell(_: NotebookProfile, cellId: string | null): void {
    if (cellId === null) {
      this._all = true;
    } else {
      this._changed.add(cellId);
    }
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
    const all = this._all;
    this._changed = new Set();
    this._all = false;
    const latest = all ? this._latestRuns() : null;
    for (const cell of panel.content.widgets) {
      const id = cell.model.id;
      if (latest) {
        this._update(cell, latest.get(id) ?? null);
      } else if (changed.has(id)) {
        this._update(cell, this._options.profile.latestRun(id));
      }
    }
  }

  private _update(cell: Cell, record: CellRecord | null): void {
    const badge = this._badges.get(cell);
    if (!this._isEnabled || !record || cell.model.type !== 'code') {
      badge?.dispose();
    } else {
      const { profile } = this._options;
      (badge ?? this._add(cell)).display(
        record,
        profile.isStale(record),
        profile.silenced
      );
    }
  }

  private _add(cell: Cell): CellBadge {
    const { profile, open, trans } = this._options;
    const badge = new CellBadge(() => {
      const record = profile.latestRun(cell.model.id);
      if (record) {
        open(record);
      }
    }, trans);
    this._badges.set(cell, badge);
    // A cell that is moved gets a new widget, and the old one takes its badge with it.
    badge.disposed.connect(() => this._badges.delete(cell));
    void this._insert(cell, badge);
    return badge;
  }

  private async _insert(cell: Cell, badge: CellBadge): Promise<void> {
    // Cells out of view are built when they come into view; until then they have no layout
    // to insert into.
    await cell.ready;
    const { layout } = cell;
    if (cell.isDisposed || badge.isDisposed) {
      badge.dispose();
    } else if (layout instanceof PanelLayout) {
      const input = layout.widgets.findIndex(widget =>
        widget.hasClass('jp-Cell-inputWrapper')
      );
      layout.insertWidget(input + 1, badge);
    }
  }

  private _latestRuns(): Map<string | null, CellRecord> {
    const { session } = this._options.profile.model ?? {};
    return new Map(
      (session?.cells ?? []).map(record => [record.cell_id, record])
    );
  }

  private _all = false;
  private _badges = new Map<Cell, CellBadge>();
  private _changed = new Set<string>();
  private _frame = 0;
  private _isDisposed = false;
  private _isEnabled = true;
}

/** Types of `NotebookBadges`. */
export namespace NotebookBadges {
  /** What the badges are made of. */
  export interface IOptions {
    panel: NotebookPanel;
    profile: NotebookProfile;
    /** Show the detail of a run. */
    open(record: CellRecord): void;
    trans: ITranslate;
  }
}
