/** Opens comparisons in the main area; a chunk of its own. */
import { Dialog, MainAreaWidget, Notification } from '@jupyterlab/apputils';
import type { IEditorLanguageRegistry } from '@jupyterlab/codemirror';
import { PathExt } from '@jupyterlab/coreutils';
import type { Widget } from '@lumino/widgets';

import type { NotebookProfile } from '../model/notebook-profile';
import { usualOther } from '../record/compare';
import type { CellRecord } from '../record/_session';
import type { IViewActions } from '../views/state';
import type { IPlace } from './saved-session';
import { choosePaths, readSession } from './saved-session';
import type { INamedSession, Subject } from './subject';
import { ComparisonWidget } from './widget';

/** What a comparison needs of the application. */
export interface IComparing extends Omit<IPlace, 'folder'> {
  /** Of the notebook in front. */
  readonly profile: NotebookProfile | null;
  readonly languages: IEditorLanguageRegistry | null;
  readonly actions: IViewActions;
  /** Put a widget into the main area, in front. */
  show(widget: Widget): void;
}

/** Show a run beside another of its cell; absent: the one that it is usually compared with. */
export function openRuns(
  comparing: IComparing,
  record: CellRecord,
  other?: CellRecord
): void {
  const { profile, trans } = comparing;
  const session = profile?.model?.session;
  const second = other ?? (session && usualOther(session, record));
  if (second) {
    open(comparing, { kind: 'runs', record, other: second });
  } else {
    Notification.info(trans.__('Run the cell again to compare its runs.'), {
      autoClose: 3000
    });
  }
}

/**
 * Show the notebook's session beside a saved one, or two saved ones beside each other.
 *
 * @param path - of the saved session; absent: the user is asked
 */
export async function openSessions(
  comparing: IComparing,
  path?: string
): Promise<void> {
  const { contents, profile, trans } = comparing;
  const folder = PathExt.dirname(profile?.notebook.path ?? '');
  const paths = path ? [path] : await choosePaths({ ...comparing, folder });
  const saved: INamedSession[] = [];
  for (const path of paths.slice(0, 2)) {
    try {
      saved.push(await readSession(contents, path));
    } catch (error) {
      Notification.error(
        trans.__('%1 cannot be compared. %2', path, (error as Error).message),
        { autoClose: false }
      );
      return;
    }
  }
  const [before, after = null] = saved.sort((a, b) => begun(a) - begun(b));
  if (!before) {
    return;
  }
  if (!after && !profile?.model?.session?.cells?.length) {
    Notification.info(
      trans.__(
        'There is nothing to compare with yet: run a cell, or choose two sessions.'
      ),
      { autoClose: 5000 }
    );
    return;
  }
  open(comparing, { kind: 'sessions', before, after });
}

/** When the session's first cell ran. */
function begun({ session }: INamedSession): number {
  return session.cells?.[0]?.started_at ?? 0;
}

function open(comparing: IComparing, subject: Subject): void {
  const { profile, languages, actions, show, trans } = comparing;
  const content = new ComparisonWidget({
    profile,
    subject,
    languages,
    actions,
    trans
  });
  const widget = new MainAreaWidget({ content });
  widget.id = `${content.id}-main`;
  widget.toolbar.hide();
  show(widget);
  if (!widget.isAttached) {
    // The notebook has the main area of Notebook 7 to itself.
    content.parent = null;
    const dialog = new Dialog({
      title: content.title.label,
      body: content,
      buttons: [Dialog.okButton({ label: trans.__('Close') })]
    });
    dialog.addClass('jp-Torchprof-compareDialog');
    void dialog.launch();
  }
}
