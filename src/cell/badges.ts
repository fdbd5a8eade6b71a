import type { Cell } from '@jupyterlab/cells';
import type { IDisposable } from '@lumino/disposable';
import { PanelLayout } from '@lumino/widgets';

import type { NotebookProfile } from '../model/notebook-profile';
import type { CellRecord } from '../record/_session';
import { acceleratorsOf } from '../record/derive';
import type { ITranslate } from '../views/state';
import { CellBadge } from './badge';
import type { CellWidgets } from './cell-widgets';
import type { IMinimum } from './badge-minimum';
import { isWorthABadge, isWorthWatching } from './badge-minimum';
import { describeRunning } from './badge-parts';
import { historyOf } from './history';
import { RunningCell } from './running';

/** The badges of one notebook: as many as it has profiled cells. */
export class NotebookBadges implements IDisposable {
  constructor(private readonly _options: NotebookBadges.IOptions) {}

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  /**
   * Bring the badges of these cells up to date.
   *
   * @param changed - ids of cells of which something changed; `null`: of all
   */
  update(changed: ReadonlySet<string> | null): void {
    const { widgets, profile } = this._options;
    const watched = this._running.cellId;
    this._running.follow(profile.model?.running ?? null);
    const running = this._running.cellId;
    const lively = [watched, running].filter((id): id is string => id !== null);
    const ids = changed && [...changed, ...lively];
    for (const cell of widgets.of(ids)) {
      this._update(cell);
    }
  }

  dispose(): void {
    if (this._isDisposed) {
      return;
    }
    this._isDisposed = true;
    this._running.dispose();
    for (const badge of this._badges.values()) {
      badge.dispose();
    }
    this._badges.clear();
  }

  private _update(cell: Cell): void {
    const { isEnabled, minimum, profile, trans } = this._options;
    const session = profile.model?.session;
    const badge = this._badges.get(cell);
    if (!session || !isEnabled() || cell.model.type !== 'code') {
      badge?.dispose();
      return;
    }
    const runs = historyOf(session).runs(cell.model.id);
    const devices = acceleratorsOf(session).length;
    if (this._running.cellId === cell.model.id) {
      const { elapsed, samples } = this._running;
      // Whoever is done within the first second has no need of it.
      if (elapsed >= 1) {
        const sample = samples[samples.length - 1];
        const isWatched = badge ?? sample?.deep;
        if (isWatched || isWorthWatching(elapsed, samples, minimum())) {
          const parts = describeRunning(elapsed, sample, devices, trans);
          (badge ?? this._add(cell)).displayRunning(parts, runs);
        }
        return;
      }
    }
    const last = runs[runs.length - 1];
    if (!last || !isWorthABadge(last, minimum(), profile.silenced)) {
      badge?.dispose();
    } else {
      const stale = profile.isStale(last);
      (badge ?? this._add(cell)).display(
        runs,
        stale,
        profile.silenced,
        profile.applied,
        devices
      );
    }
  }

  private _add(cell: Cell): CellBadge {
    const { profile, open, trans } = this._options;
    const badge = new CellBadge(
      byKeyboard => open(profile.latestRun(cell.model.id), byKeyboard),
      trans
    );
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

  private _badges = new Map<Cell, CellBadge>();
  private _isDisposed = false;
  private readonly _running = new RunningCell(() => this.update(new Set()));
}

/** Types of `NotebookBadges`. */
export namespace NotebookBadges {
  /** What the badges are made of. */
  export interface IOptions {
    widgets: CellWidgets;
    profile: NotebookProfile;
    isEnabled(): boolean;
    /** Below it a badge stays away. */
    minimum(): IMinimum;
    /** Show the detail of a run, or with `null` the panel. */
    open(record: CellRecord | null, byKeyboard: boolean): void;
    trans: ITranslate;
  }
}
