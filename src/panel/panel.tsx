import { ReactWidget } from '@jupyterlab/ui-components';
import type { Message } from '@lumino/messaging';
import { MessageLoop } from '@lumino/messaging';
import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';
import { DockPanel, TabPanel, Widget } from '@lumino/widgets';
import * as React from 'react';
import { flushSync } from 'react-dom';

import { torchprofIcon } from '../icons';
import { NO_NOTEBOOK } from '../model/no-notebook';
import type { SessionManager } from '../model/session-manager';
import type { NotebookProfile } from '../model/notebook-profile';
import type { ILazyProfiler } from '../tokens';
import type { ITranslate, IViewActions } from '../views/state';
import { ErrorBoundary } from './error-boundary';
import { Loading } from './loading';

/** The views, a chunk of their own that is loaded when the panel is first shown. */
const lazyViews = () =>
  React.lazy(async () => {
    const { PanelView } = await import('../views/session/panel');
    return { default: PanelView };
  });

/** React remembers a failed load for good: another attempt needs another component. */
let views = { attempt: 0, PanelView: lazyViews() };

/** Without a notebook there is nothing to click. */
const NO_ACTIONS: IViewActions = {};

/**
 * The panel, in a sidebar or in a tab. It draws at most once per frame, and nothing while it is
 * hidden.
 */
export class ProfilerPanel extends ReactWidget {
  constructor(private readonly _options: ProfilerPanel.IOptions) {
    super();
    const { profiler, trans } = _options;
    this.id = 'jupyterlab-torchprof-panel';
    this.title.icon = torchprofIcon;
    this.title.caption = trans.__('PyTorch profiler');
    this.addClass('jp-Torchprof-sidebar');
    void profiler.ready.then(({ sessions }) => {
      if (!this.isDisposed) {
        sessions.currentChanged.connect(this._onCurrent, this);
        this._onCurrent(sessions, sessions.current);
      }
    });
  }

  /** The panel was shown or hidden. */
  get visibilityChanged(): ISignal<this, void> {
    return this._visibilityChanged;
  }

  /** A sidebar that was closed opened with it. */
  get opened(): ISignal<this, void> {
    return this._opened;
  }

  /** Its tab was closed: it stands nowhere. */
  get closed(): ISignal<this, void> {
    return this._closed;
  }

  override dispose(): void {
    cancelAnimationFrame(this._frame);
    super.dispose();
  }

  protected render(): JSX.Element {
    const { profiler, trans } = this._options;
    const { sessions, actions } = profiler.loaded ?? {};
    return (
      <ErrorBoundary trans={trans}>
        {attempt => {
          if (attempt !== views.attempt) {
            views = { attempt, PanelView: lazyViews() };
          }
          const { PanelView } = views;
          return (
            <React.Suspense fallback={<Loading trans={trans} />}>
              <PanelView
                state={sessions?.state ?? NO_NOTEBOOK}
                actions={actions ?? NO_ACTIONS}
                trans={trans}
              />
            </React.Suspense>
          );
        }}
      </ErrorBoundary>
    );
  }

  protected override onUpdateRequest(message: Message): void {
    if (this.isVisible) {
      super.onUpdateRequest(message);
    }
  }

  protected override onAfterAttach(message: Message): void {
    super.onAfterAttach(message);
    // Sidebars have a sign only.
    const isTab =
      this.parent instanceof DockPanel ||
      this.parent?.parent instanceof TabPanel;
    this.title.label = isTab ? this._options.trans.__('PyTorch Profiler') : '';
    this.title.closable = isTab;
    this._visibilityChanged.emit();
  }

  protected override onCloseRequest(message: Message): void {
    super.onCloseRequest(message);
    this._closed.emit();
  }

  protected override onBeforeShow(): void {
    this._opens = this.parent?.isVisible === false;
  }

  protected override onAfterShow(): void {
    this.update();
    this._visibilityChanged.emit();
    if (this._opens) {
      this._opened.emit();
    }
  }

  protected override onAfterHide(): void {
    this._visibilityChanged.emit();
  }

  private _onCurrent(_: SessionManager, profile: NotebookProfile | null): void {
    this._profile?.changed.disconnect(this._schedule, this);
    this._profile = profile;
    profile?.changed.connect(this._schedule, this);
    this._schedule();
  }

  private _schedule(): void {
    if (this._frame === 0 && this.isVisible) {
      this._frame = requestAnimationFrame(() => {
        this._frame = 0;
        // In this frame, with the other things that are drawn in it: left to React and the message
        // loop it would take another, in which the whole page is laid out and painted again.
        flushSync(() =>
          MessageLoop.sendMessage(this, Widget.Msg.UpdateRequest)
        );
      });
    }
  }

  private _closed = new Signal<this, void>(this);
  private _frame = 0;
  private _opened = new Signal<this, void>(this);
  private _opens = false;
  private _profile: NotebookProfile | null = null;
  private _visibilityChanged = new Signal<this, void>(this);
}

/** Types of `ProfilerPanel`. */
export namespace ProfilerPanel {
  /** What the panel is made of. */
  export interface IOptions {
    profiler: Pick<ILazyProfiler, 'loaded' | 'ready'>;
    trans: ITranslate;
  }
}
