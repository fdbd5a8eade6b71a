import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ILabShell, ILayoutRestorer } from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import { IEditorLanguageRegistry } from '@jupyterlab/codemirror';
import { IDocumentManager } from '@jupyterlab/docmanager';
import { INotebookTracker } from '@jupyterlab/notebook';
import { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { IStatusBar } from '@jupyterlab/statusbar';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import { CommandIDs, PALETTE, TOGGLES } from './command-ids';
import { addCommands } from './commands';
import { LazyProfiler } from './lazy-profiler';
import { ProfilerSettings } from './model/settings';
import { ProfilerPanel } from './panel/panel';
import { PanelPlace } from './panel/place';
import { ILazyProfiler } from './tokens';

export { ILazyProfiler } from './tokens';
export type { IProfiler } from './tokens';

/** The plugin that has the settings. */
const SETTINGS = 'jupyterlab-torchprof:plugin';

const DOMAIN = 'jupyterlab_torchprof';

const profiler: JupyterFrontEndPlugin<ILazyProfiler> = {
  id: 'jupyterlab-torchprof:profiler',
  description: 'Follows the profile of each open notebook.',
  autoStart: true,
  requires: [INotebookTracker],
  optional: [
    ISettingRegistry,
    IEditorLanguageRegistry,
    IRenderMimeRegistry,
    ITranslator,
    IDocumentManager
  ],
  provides: ILazyProfiler,
  activate: (
    app: JupyterFrontEnd,
    tracker: INotebookTracker,
    registry: ISettingRegistry | null,
    languages: IEditorLanguageRegistry | null,
    rendermime: IRenderMimeRegistry | null,
    translator: ITranslator | null,
    documents: IDocumentManager | null
  ): ILazyProfiler => {
    const trans = (translator ?? nullTranslator).load(DOMAIN);
    const settings = new ProfilerSettings();
    const known = readSettings(settings, registry);
    const profiler = new LazyProfiler(settings, async () => {
      const [{ createProfiler }] = await Promise.all([
        import(/* webpackChunkName: "profiler" */ './profiler'),
        // The kernel is not touched before it is known whether the user wants it.
        known
      ]);
      return createProfiler({
        app,
        tracker,
        documents,
        languages,
        rendermime,
        settings,
        trans
      });
    });
    const load = () => void profiler.load();
    if (tracker.size > 0) {
      load();
    } else {
      tracker.widgetAdded.connect(load);
    }
    return profiler;
  }
};

const panel: JupyterFrontEndPlugin<void> = {
  id: SETTINGS,
  description: 'The panel of the PyTorch profiler, and its commands.',
  autoStart: true,
  requires: [ILazyProfiler],
  optional: [ICommandPalette, ILayoutRestorer, ITranslator, ILabShell],
  activate: (
    app: JupyterFrontEnd,
    profiler: ILazyProfiler,
    palette: ICommandPalette | null,
    restorer: ILayoutRestorer | null,
    translator: ITranslator | null,
    labShell: ILabShell | null
  ): void => {
    const trans = (translator ?? nullTranslator).load(DOMAIN);
    const { settings } = profiler;
    const widget = new ProfilerPanel({ profiler, trans });
    // Notebook 7 has one widget in its main area.
    const place = new PanelPlace(
      app.shell,
      widget,
      labShell !== null,
      app.restored
    );
    restorer?.add(widget, widget.id);

    addCommands(app.commands, profiler, place, trans);
    const category = trans.__('PyTorch Profiler');
    for (const command of PALETTE) {
      palette?.addItem({ command, category });
    }
    palette?.addItem({
      command: CommandIDs.exportReport,
      args: { source: false },
      category
    });
    widget.visibilityChanged.connect(() => {
      app.commands.notifyCommandChanged(CommandIDs.toggle);
      app.commands.notifyCommandChanged(CommandIDs.mainArea);
    });
    settings.changed.connect(() =>
      TOGGLES.forEach(id => app.commands.notifyCommandChanged(id))
    );
    // A link, or `npm start`, may ask for the panel.
    const query = new URLSearchParams(window.location.search);
    if (query.get('torchprof') === 'open') {
      void app.restored.then(() => place.open());
    }
  }
};

const badges: JupyterFrontEndPlugin<void> = {
  id: 'jupyterlab-torchprof:badges',
  description:
    'What is shown in profiled cells: a line with time and memory, heat, suggestions.',
  autoStart: true,
  requires: [ILazyProfiler],
  optional: [ITranslator],
  activate: (
    app: JupyterFrontEnd,
    profiler: ILazyProfiler,
    translator: ITranslator | null
  ): void => {
    const trans = (translator ?? nullTranslator).load(DOMAIN);
    void profiler.ready.then(async loaded => {
      const { attachCells } = await import(
        /* webpackChunkName: "profiler" */ './cell/attach'
      );
      attachCells(app, loaded, trans);
    });
  }
};

const status: JupyterFrontEndPlugin<void> = {
  id: 'jupyterlab-torchprof:status',
  description: 'Memory of the kernel and its devices in the status bar.',
  autoStart: true,
  requires: [ILazyProfiler],
  optional: [IStatusBar, ITranslator],
  activate: (
    app: JupyterFrontEnd,
    profiler: ILazyProfiler,
    statusBar: IStatusBar | null,
    translator: ITranslator | null
  ): void => {
    if (!statusBar) {
      // Notebook 7 has none.
      return;
    }
    const trans = (translator ?? nullTranslator).load(DOMAIN);
    void profiler.ready.then(async ({ sessions, settings }) => {
      const { StatusItem } = await import(
        /* webpackChunkName: "profiler" */ './status/item'
      );
      const item = new StatusItem({
        manager: sessions,
        open: () => void app.commands.execute(CommandIDs.open),
        trans
      });
      const follow = () => {
        item.isEnabled = settings.values.statusBar;
      };
      follow();
      settings.changed.connect(follow);
      statusBar.registerStatusItem(status.id, {
        item,
        align: 'right',
        rank: 20,
        isActive: () => item.isActive,
        activeStateChanged: item.activeChanged
      });
    });
  }
};

/** Settles in any case. */
async function readSettings(
  settings: ProfilerSettings,
  registry: ISettingRegistry | null
): Promise<void> {
  try {
    if (registry) {
      settings.follow(await registry.load(SETTINGS));
    }
  } catch {
    // Without readable settings the defaults hold; JupyterLab tells of the fault itself.
  }
}

export default [profiler, panel, badges, status];
