/** Shows the profile in the cells of each notebook; loaded with the profiler. */
import type { JupyterFrontEnd } from '@jupyterlab/application';

import { JupyterNotebook } from '../model/jupyter-notebook';
import type { NotebookProfile } from '../model/notebook-profile';
import type { IProfiler } from '../tokens';
import type { ITranslate } from '../views/state';
import type { NotebookCells } from './notebook-cells';

const shown = new WeakMap<NotebookProfile, Promise<NotebookCells>>();

/** What is shown in the cells of a notebook, `undefined` before its first run. */
export function cellsOf(
  profile: NotebookProfile
): Promise<NotebookCells> | undefined {
  return shown.get(profile);
}

/** Show the profile in the cells of all notebooks, from the first run of each. */
export function attachCells(
  app: JupyterFrontEnd,
  profiler: IProfiler,
  trans: ITranslate
): void {
  const { sessions } = profiler;
  const attach = (profile: NotebookProfile) => {
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
          import('./notebook-cells').then(
            ({ NotebookCells }) =>
              new NotebookCells({ app, panel, profile, profiler, trans })
          )
        );
      }
    };
    profile.changed.connect(begin);
    begin();
  };
  sessions.profiles.forEach(attach);
  sessions.added.connect((_, profile) => attach(profile));
}
