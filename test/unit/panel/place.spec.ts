import type { JupyterFrontEnd } from '@jupyterlab/application';
import { DockPanel, StackedPanel, Widget } from '@lumino/widgets';

import { ProfilerPanel } from '../../../src/panel/panel';
import { PanelPlace } from '../../../src/panel/place';
import type { IProfiler } from '../../../src/tokens';
import { english } from '../english';

/** Sidebars and tabs as JupyterLab's shell has them. */
class FakeShell {
  constructor() {
    Widget.attach(this.side, document.body);
    Widget.attach(this.dock, document.body);
  }

  /** The user has put the panel into this area for good. */
  chosen: string | null = null;
  readonly side = new StackedPanel();
  readonly dock = new DockPanel();
  collapseRight = jest.fn(() =>
    this.side.widgets.forEach(widget => widget.hide())
  );

  add(widget: Widget, area: string): void {
    if ((this.chosen ?? area) === 'main') {
      this.dock.addWidget(widget);
    } else {
      widget.parent = null;
      widget.hide();
      this.side.addWidget(widget);
    }
  }

  move(widget: Widget, area: string): void {
    this.chosen = area;
    this.add(widget, area);
  }

  widgets(area: string): Widget[] {
    return area === 'right'
      ? [...this.side.widgets]
      : area === 'main'
        ? [...this.dock.widgets()]
        : [];
  }

  activateById(): void {
    const [widget] = this.side.widgets;
    if (widget) {
      widget.show();
    } else {
      this.dock.activateWidget([...this.dock.widgets()][0]);
    }
  }

  dispose(): void {
    this.side.dispose();
    this.dock.dispose();
  }
}

describe('panel/place', () => {
  let shell: FakeShell;
  let panel: ProfilerPanel;
  let place: PanelPlace;

  function start(hasTabs = true): void {
    place = new PanelPlace(
      shell as unknown as JupyterFrontEnd.IShell,
      panel,
      hasTabs,
      Promise.resolve()
    );
  }

  beforeEach(() => {
    shell = new FakeShell();
    const ready = new Promise<IProfiler>(() => undefined);
    panel = new ProfilerPanel({
      profiler: { loaded: null, ready },
      trans: english
    });
  });

  afterEach(() => {
    panel.dispose();
    shell.dispose();
  });

  it('should be in the sidebar at first, by its sign alone', () => {
    start();
    expect([place.isTab, place.isOpen]).toEqual([false, false]);
    expect([panel.title.label, panel.title.closable]).toEqual(['', false]);
    place.open();
    expect(place.isOpen).toBe(true);
    place.close();
    expect(place.isOpen).toBe(false);
  });

  it('should become a tab with a name, and go back', () => {
    start();
    place.openTab();
    expect([place.isTab, place.isOpen]).toEqual([true, true]);
    expect(panel.title.label).toBe('PyTorch Profiler');
    expect(panel.title.closable).toBe(true);
    place.closeTab();
    expect([place.isTab, place.isOpen]).toEqual([false, true]);
    expect([panel.title.label, panel.title.closable]).toEqual(['', false]);
  });

  it('should be in the sidebar again once its tab is closed, and not be lost', () => {
    start();
    place.openTab();
    panel.close();
    expect([place.isTab, place.isOpen]).toEqual([false, false]);
    place.open();
    expect(place.isOpen).toBe(true);
    place.openTab();
    place.close();
    expect(shell.widgets('right')).toEqual([panel]);
    expect(panel.isDisposed).toBe(false);
  });

  it('should follow the command where the user has chosen a place before', () => {
    start();
    shell.chosen = 'right';
    place.openTab();
    expect(place.isTab).toBe(true);
    place.closeTab();
    expect(place.isTab).toBe(false);
  });

  it('should stay beside a page that has no tabs', () => {
    start(false);
    place.openTab();
    expect([place.isTab, place.isOpen]).toEqual([false, true]);
  });
});
