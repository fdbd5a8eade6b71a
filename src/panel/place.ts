import type { JupyterFrontEnd } from '@jupyterlab/application';

import type { IPanelPlace } from '../commands';
import { widenSoon } from './opening-width';
import type { ProfilerPanel } from './panel';

/** What the shells of JupyterLab and of Notebook 7 have in common beyond `IShell`. */
interface IPlaceShell extends JupyterFrontEnd.IShell {
  collapseLeft?(): void;
  collapseRight?(): void;
  /** Of JupyterLab alone: put a widget where the user wants it from now on. */
  move?(widget: ProfilerPanel, area: string): unknown;
}

/** How it stands among the tabs of a sidebar. */
const SIDE = { rank: 900, type: 'PyTorch Profiler' };

/**
 * The panel in a sidebar, which may be the other one if the user moved it, or in a tab. Where it
 * stands is part of JupyterLab's layout, which remembers it.
 */
export class PanelPlace implements IPanelPlace {
  /**
   * @param hasTabs - whether the main area can have several widgets, as in JupyterLab
   * @param restored - when the layout is as the user left it
   */
  constructor(
    private readonly _shell: IPlaceShell,
    private readonly _panel: ProfilerPanel,
    readonly hasTabs: boolean,
    restored: Promise<unknown>
  ) {
    this._toSide();
    void restored.then(() => this._widenOnce());
    // Who closes its tab shall find it where it was.
    _panel.closed.connect(() => this._toSide());
  }

  get isOpen(): boolean {
    return this._panel.isVisible;
  }

  get isTab(): boolean {
    return this._isIn('main');
  }

  open(): void {
    this._shell.activateById(this._panel.id);
  }

  close(): void {
    if (this._isIn('left')) {
      this._shell.collapseLeft?.();
    } else if (this._isIn('right')) {
      this._shell.collapseRight?.();
    } else {
      this._panel.close();
    }
  }

  openTab(): void {
    const { _shell, _panel } = this;
    if (this.hasTabs && !this.isTab) {
      _shell.add(_panel, 'main', { mode: 'split-right' });
      if (!this.isTab) {
        // The user chose a sidebar for it once, which JupyterLab puts first.
        _shell.move?.(_panel, 'main');
      }
    }
    this.open();
  }

  closeTab(): void {
    if (this.isTab) {
      this._panel.close();
    }
    this.open();
  }

  /**
   * JupyterLab opens a sidebar with what it thinks fit, or at its narrowest if it was closed when
   * the page was left. Once: from then on the width is what the user makes it, and so it is where
   * the sidebar is open already.
   */
  private _widenOnce(): void {
    const { _panel } = this;
    if (_panel.isVisible) {
      return;
    }
    const onOpened = () => {
      _panel.opened.disconnect(onOpened);
      widenSoon(_panel);
    };
    _panel.opened.connect(onOpened);
  }

  private _toSide(): void {
    this._shell.add(this._panel, 'right', SIDE);
    if (this.isTab) {
      this._shell.move?.(this._panel, 'right');
    }
  }

  private _isIn(area: string): boolean {
    return [...this._shell.widgets(area)].includes(this._panel);
  }
}
