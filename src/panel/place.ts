import type { JupyterFrontEnd } from '@jupyterlab/application';
import type { Widget } from '@lumino/widgets';

import type { IPanelPlace } from '../commands';

/** What the shells of JupyterLab and of Notebook 7 have in common beyond `IShell`. */
interface ISidebarShell extends JupyterFrontEnd.IShell {
  collapseLeft?(): void;
  collapseRight?(): void;
}

/** The panel in a sidebar; the user may have moved it to the other one. */
export class SidebarPlace implements IPanelPlace {
  constructor(
    private readonly _shell: ISidebarShell,
    private readonly _panel: Widget
  ) {}

  get isOpen(): boolean {
    return this._panel.isVisible;
  }

  open(): void {
    this._shell.activateById(this._panel.id);
  }

  close(): void {
    if ([...this._shell.widgets('left')].includes(this._panel)) {
      this._shell.collapseLeft?.();
    } else {
      this._shell.collapseRight?.();
    }
  }
}
