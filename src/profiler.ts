/** The profiler itself; a chunk of its own, loaded with the first notebook. */
import type { JupyterFrontEnd } from '@jupyterlab/application';
import type { INotebookTracker, NotebookPanel } from '@jupyterlab/notebook';

import { JupyterNotebook } from './model/jupyter-notebook';
import { SessionManager } from './model/session-manager';
import type { ProfilerSettings } from './model/settings';
import { ProfilerActions } from './panel/actions';
import type { IProfiler } from './tokens';

/** What the profiler needs of the application. */
export interface IProfilerOptions extends Pick<
  ProfilerActions.IOptions,
  'documents' | 'languages' | 'rendermime' | 'trans'
> {
  app: JupyterFrontEnd;
  tracker: INotebookTracker;
  settings: ProfilerSettings;
}

/** Profile the notebooks that are open and those that will be. */
export function createProfiler(options: IProfilerOptions): IProfiler {
  const { app, tracker, settings, trans } = options;
  // Asked for at once, so that it is here by the time that a kernel answers.
  const decoding = import('./record/decode');
  const sessions = new SessionManager({
    settings,
    decoder: async () => (await decoding).decodeKernelMessage,
    trans
  });
  const actions = new ProfilerActions({
    ...options,
    manager: sessions,
    contents: app.serviceManager.contents,
    activate: ({ notebook }) => {
      if (notebook instanceof JupyterNotebook) {
        app.shell.activateById(notebook.panel.id);
      }
    },
    isShown: ({ notebook }) =>
      !(notebook instanceof JupyterNotebook) || notebook.panel.isVisible,
    show: widget => {
      app.shell.add(widget, 'main');
      app.shell.activateById(widget.id);
    }
  });
  follow(tracker, sessions);
  return { sessions, actions, settings };
}

/** Keep the sessions in step with the open notebooks. */
function follow(tracker: INotebookTracker, sessions: SessionManager): void {
  const notebooks = new WeakMap<NotebookPanel, JupyterNotebook>();
  const add = (panel: NotebookPanel) => {
    const notebook = new JupyterNotebook(panel);
    notebooks.set(panel, notebook);
    sessions.add(notebook);
  };
  const update = () => {
    const { currentWidget } = tracker;
    sessions.setCurrent(
      (currentWidget && notebooks.get(currentWidget)) ?? null
    );
  };
  tracker.forEach(add);
  tracker.widgetAdded.connect((_, panel) => {
    add(panel);
    update();
  });
  tracker.currentChanged.connect(update);
  update();
}
