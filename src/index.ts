import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ILayoutRestorer } from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import { IEditorLanguageRegistry } from '@jupyterlab/codemirror';
import { IDocumentManager } from '@jupyterlab/docmanager';
import type { NotebookPanel } from '@jupyterlab/notebook';
import { INotebookTracker } from '@jupyterlab/notebook';
import { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { IStatusBar } from '@jupyterlab/statusbar';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import type { NotebookCells } from './cell/notebook-cells';
import {
  CommandIDs,
  NO_ARGUMENTS,
  PALETTE,
  TOGGLES,
  addCommands
} from './commands';
import { JupyterNotebook } from './model/jupyter-notebook';
import type { NotebookProfile } from './model/notebook-profile';
import { SessionManager } from './model/session-manager';
import { ProfilerSettings } from './model/settings';
import { ProfilerActions } from './panel/actions';
import { ProfilerPanel } from './panel/panel';
import { SidebarPlace } from './panel/place';
import { StatusItem } from './status/item';
import { IProfiler } from './tokens';

export { IProfiler } from './tokens';

/** The plugin that has the settings. */
const SETTINGS = 'jupyterlab-torchprof:plugin';

const DOMAIN = 'jupyterlab_torchprof';

const profiler: JupyterFrontEndPlugin<IProfiler> = {
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
  provides: IProfiler,
  activate: (
    app: JupyterFrontEnd,
    tracker: INotebookTracker,
    registry: ISettingRegistry | null,
    languages: IEditorLanguageRegistry | null,
    rendermime: IRenderMimeRegistry | null,
    translator: ITranslator | null,
    documents: IDocumentManager | null
  ): IProfiler => {
    const trans = (translator ?? nullTranslator).load(DOMAIN);
    const settings = new ProfilerSettings();
    const sessions = new SessionManager({
      settings,
      decoder: async () =>
        (await import('./record/decode')).decodeKernelMessage,
      trans
    });
    const actions = new ProfilerActions({
      manager: sessions,
      contents: app.serviceManager.contents,
      activate: ({ notebook }) => {
        if (notebook instanceof JupyterNotebook) {
          app.shell.activateById(notebook.panel.id);
        }
      },
      show: widget => {
        app.shell.add(widget, 'main');
        app.shell.activateById(widget.id);
      },
      documents,
      languages,
      rendermime,
      settings,
      trans
    });
    const notebooks = new WeakMap<NotebookPanel, JupyterNotebook>();
    const add = (panel: NotebookPanel) => {
      const notebook = new JupyterNotebook(panel);
      notebooks.set(panel, notebook);
      sessions.add(notebook);
    };
    const follow = () => {
      const { currentWidget } = tracker;
      sessions.setCurrent(
        (currentWidget && notebooks.get(currentWidget)) ?? null
      );
    };
    void readSettings(settings, registry).then(() => {
      tracker.forEach(add);
      tracker.widgetAdded.connect((_, panel) => {
        add(panel);
        follow();
      });
      tracker.currentChanged.connect(follow);
      follow();
    });
    return { sessions, actions, settings };
  }
};

const panel: JupyterFrontEndPlugin<void> = {
  id: SETTINGS,
  description: 'The panel of the PyTorch profiler, and its commands.',
  autoStart: true,
  requires: [IProfiler],
  optional: [ICommandPalette, ILayoutRestorer, ITranslator],
  activate: (
    app: JupyterFrontEnd,
    profiler: IProfiler,
    palette: ICommandPalette | null,
    restorer: ILayoutRestorer | null,
    translator: ITranslator | null
  ): void => {
    const trans = (translator ?? nullTranslator).load(DOMAIN);
    const { sessions, actions, settings } = profiler;
    const widget = new ProfilerPanel({ manager: sessions, actions, trans });
    const place = new SidebarPlace(app.shell, widget);
    app.shell.add(widget, 'right', { rank: 900, type: 'PyTorch Profiler' });
    restorer?.add(widget, widget.id);

    addCommands(app.commands, profiler, place, trans);
    for (const command of PALETTE) {
      palette?.addItem({ command, category: trans.__('PyTorch Profiler') });
    }
    widget.visibilityChanged.connect(() =>
      app.commands.notifyCommandChanged(CommandIDs.toggle)
    );
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
  requires: [IProfiler],
  optional: [ITranslator],
  activate: (
    app: JupyterFrontEnd,
    profiler: IProfiler,
    translator: ITranslator | null
  ): void => {
    const trans = (translator ?? nullTranslator).load(DOMAIN);
    const { sessions } = profiler;
    const shown = new WeakMap<NotebookProfile, Promise<NotebookCells>>();
    sessions.added.connect((_, profile) => {
      const { notebook } = profile;
      if (!(notebook instanceof JupyterNotebook)) {
        return;
      }
      const { panel } = notebook;
      const begin = () => {
        const { model } = profile;
        if (model?.running || model?.session?.cells?.length) {
          profile.changed.disconnect(begin);
          shown.set(
            profile,
            import('./cell/notebook-cells').then(
              ({ NotebookCells }) =>
                new NotebookCells({ app, panel, profile, profiler, trans })
            )
          );
        }
      };
      profile.changed.connect(begin);
      begin();
    });
    app.commands.addCommand(CommandIDs.showAdvice, {
      label: trans.__('Show Suggestion at Cursor'),
      describedBy: NO_ARGUMENTS,
      isEnabled: () => !!sessions.current && shown.has(sessions.current),
      execute: async () => {
        const { current } = sessions;
        await (current && (await shown.get(current))?.showAdviceAtCursor());
      }
    });
  }
};

const status: JupyterFrontEndPlugin<void> = {
  id: 'jupyterlab-torchprof:status',
  description: 'Memory of the kernel and its devices in the status bar.',
  autoStart: true,
  requires: [IProfiler, IStatusBar],
  optional: [ITranslator],
  activate: (
    app: JupyterFrontEnd,
    { sessions, settings }: IProfiler,
    statusBar: IStatusBar,
    translator: ITranslator | null
  ): void => {
    const item = new StatusItem({
      manager: sessions,
      open: () => void app.commands.execute(CommandIDs.open),
      trans: (translator ?? nullTranslator).load(DOMAIN)
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
  }
};

/** The kernel is not touched before it is known whether the user wants it. */
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
