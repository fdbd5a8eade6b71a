import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';
import { Widget } from '@lumino/widgets';

import type { NotebookProfile } from '../model/notebook-profile';
import type { SessionManager } from '../model/session-manager';
import type { ITranslate } from '../views/state';
import type * as words from './words';

/**
 * What the kernel of the notebook in front holds, in JupyterLab's status bar. It is drawn at most
 * once per frame, and has no place while there is nothing to say.
 */
export class StatusItem extends Widget {
  constructor(private readonly _options: StatusItem.IOptions) {
    super();
    const { manager, open } = _options;
    this.addClass('jp-Torchprof-status');
    this._button.type = 'button';
    this._button.className = 'jp-StatusBar-TextItem';
    this._button.addEventListener('click', open);
    this.node.append(this._button);
    manager.currentChanged.connect(this._onCurrent, this);
    this._onCurrent(manager, manager.current);
  }

  /** Whether there is something to say. */
  get isActive(): boolean {
    return this._isEnabled && this._button.textContent !== '';
  }

  /** `isActive` changed. */
  get activeChanged(): ISignal<this, void> {
    return this._activeChanged;
  }

  /** Whether the user wants it. */
  get isEnabled(): boolean {
    return this._isEnabled;
  }
  set isEnabled(value: boolean) {
    if (value !== this._isEnabled) {
      this._isEnabled = value;
      this._schedule();
      this._activeChanged.emit();
    }
  }

  override dispose(): void {
    cancelAnimationFrame(this._frame);
    this._profile?.changed.disconnect(this._schedule, this);
    this._options.manager.currentChanged.disconnect(this._onCurrent, this);
    super.dispose();
  }

  private _onCurrent(_: SessionManager, profile: NotebookProfile | null): void {
    this._profile?.changed.disconnect(this._schedule, this);
    this._profile = profile;
    profile?.changed.connect(this._schedule, this);
    this._schedule();
  }

  private _schedule(): void {
    if (this._frame === 0 && this._isEnabled) {
      this._frame = requestAnimationFrame(() => {
        this._frame = 0;
        this._draw();
      });
    }
  }

  private _draw(): void {
    const { session, running } = this._profile?.model ?? {};
    if (this.isDisposed) {
      return;
    }
    if (session && !this._words) {
      // They come with the first session: JupyterLab starts without them.
      void import('./words').then(words => {
        this._words = words;
        this._schedule();
      });
      return;
    }
    const wasActive = this.isActive;
    const { text, title, isFull } =
      session && this._words
        ? this._words.statusWords(session, running ?? null, this._options.trans)
        : { text: '', title: '', isFull: false };
    this.toggleClass('jp-mod-full', isFull);
    if (this._button.textContent !== text) {
      this._button.textContent = text;
    }
    this._button.title = title;
    if (this.isActive !== wasActive) {
      this._activeChanged.emit();
    }
  }

  private _activeChanged = new Signal<this, void>(this);
  private readonly _button = document.createElement('button');
  private _frame = 0;
  private _isEnabled = true;
  private _profile: NotebookProfile | null = null;
  private _words: typeof words | null = null;
}

/** Types of `StatusItem`. */
export namespace StatusItem {
  /** What the item is made of. */
  export interface IOptions {
    manager: SessionManager;
    /** Show the panel. */
    open(): void;
    trans: ITranslate;
  }
}
