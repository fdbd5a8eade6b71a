import type { IEditorLanguageRegistry } from '@jupyterlab/codemirror';
import { ReactWidget } from '@jupyterlab/ui-components';
import type { Message } from '@lumino/messaging';
import * as React from 'react';

import { torchprofIcon } from '../icons';
import type { NotebookProfile } from '../model/notebook-profile';
import type { ISilenced } from '../record/derive';
import { findRun } from '../record/derive';
import type { CellRecord, Session } from '../record/_session';
import type { SourceDiff } from '../views/comparison/source-changes';
import { Guard } from '../views/parts/guard';
import { runLabel } from '../views/parts/run-label';
import type { ITranslate, IViewActions } from '../views/state';
import { ComparePage } from './page';
import { sideBySide } from './side-by-side';
import type { Subject } from './subject';

/**
 * A comparison in a tab. It follows the notebook's session while that lives, and keeps what it
 * showed when notebook or kernel are gone; it does not come back after a reload.
 */
export class ComparisonWidget extends ReactWidget {
  constructor(private readonly _options: ComparisonWidget.IOptions) {
    super();
    const { profile, subject, languages, trans } = _options;
    this.addClass('jp-Torchprof-compareTab');
    this.id = `jupyterlab-torchprof-compare-${++opened}`;
    this.title.icon = torchprofIcon;
    this.title.closable = true;
    this.title.label =
      subject.kind === 'runs'
        ? trans.__('Compare · cell %1', runLabel(later(subject)))
        : trans.__('Compare · %1', subject.before.name);
    this.title.caption = this.title.label;
    this._sideBySide = sideBySide(languages, trans);
    this._take();
    profile?.changed.connect(this._onProfile, this);
  }

  override dispose(): void {
    cancelAnimationFrame(this._frame);
    this._options.profile?.changed.disconnect(this._onProfile, this);
    super.dispose();
  }

  protected render(): JSX.Element {
    const { subject, actions, trans } = this._options;
    return (
      <Guard of={this._session} trans={trans}>
        <ComparePage
          subject={subject}
          session={this._session}
          silenced={this._silenced}
          sideBySide={this._sideBySide}
          actions={actions}
          trans={trans}
        />
      </Guard>
    );
  }

  protected override onUpdateRequest(message: Message): void {
    if (this.isVisible) {
      super.onUpdateRequest(message);
    }
  }

  protected override onAfterShow(): void {
    this.update();
  }

  private _onProfile(): void {
    if (this._take() && this._frame === 0) {
      this._frame = requestAnimationFrame(() => {
        this._frame = 0;
        this.update();
      });
    }
  }

  /** Take what is known of the session; returns whether that is news. */
  private _take(): boolean {
    const { profile } = this._options;
    const source = profile?.model?.session;
    if (!profile || !source || !this._has(source)) {
      return false;
    }
    const { silenced } = profile;
    // Samples of a running cell change nothing here.
    const isNews = source !== this._source || silenced !== this._silenced;
    if (isNews) {
      this._source = source;
      this._session = profile.state.session;
      this._silenced = silenced;
    }
    return isNews;
  }

  /** Whether the session, which may be that of a restarted kernel, has what is compared. */
  private _has(session: Session): boolean {
    const { subject } = this._options;
    return subject.kind === 'runs'
      ? findRun(session, subject.record.run_id) !== null &&
          findRun(session, subject.other.run_id) !== null
      : (session.cells ?? []).length > 0;
  }

  private _frame = 0;
  private _session: Session | null = null;
  private readonly _sideBySide: SourceDiff;
  private _silenced: ISilenced | undefined;
  /** What `_session` was made of. */
  private _source: Session | null = null;
}

function later({
  record,
  other
}: Extract<Subject, { kind: 'runs' }>): CellRecord {
  return record.started_at < other.started_at ? other : record;
}

/** Counts, for the ids of the tabs. */
let opened = 0;

/** Types of `ComparisonWidget`. */
export namespace ComparisonWidget {
  /** What a comparison is made of. */
  export interface IOptions {
    /** Of the notebook that is compared; `null` for two saved sessions. */
    profile: NotebookProfile | null;
    subject: Subject;
    /** Highlights the sources, where JupyterLab has it. */
    languages: IEditorLanguageRegistry | null;
    actions: IViewActions;
    trans: ITranslate;
  }
}
