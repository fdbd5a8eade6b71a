/** Asks for saved sessions and reads them. */
import { InputDialog } from '@jupyterlab/apputils';
import { PathExt } from '@jupyterlab/coreutils';
import type { IDocumentManager } from '@jupyterlab/docmanager';
import { FileDialog } from '@jupyterlab/filebrowser';
import type { Contents } from '@jupyterlab/services';

import { decodeSession } from '../record/decode';
import type { ITranslate } from '../views/state';
import type { INamedSession } from './subject';

/** Where to look for sessions. */
export interface IPlace {
  readonly contents: Contents.IManager;
  /** Shows the files; without it a path is asked for. */
  readonly documents: IDocumentManager | null;
  /** The folder to begin in. */
  readonly folder: string;
  readonly trans: ITranslate;
}

/** Ask which saved sessions are meant; none if the user changed their mind. */
export async function choosePaths(place: IPlace): Promise<string[]> {
  const { documents, folder, trans } = place;
  const title = trans.__('Compare with a saved session');
  if (!documents) {
    const { button, value } = await InputDialog.getText({
      title,
      label: trans.__('Path of the session (JSON)'),
      text: folder && `${folder}/`
    });
    return button.accept && value ? [value] : [];
  }
  const { button, value } = await FileDialog.getOpenFiles({
    manager: documents,
    title,
    label: trans.__(
      'A session that the profiler or “jupyter torchprof run --json” saved. If two are selected, they are compared with each other.'
    ),
    defaultPath: folder,
    filter: ({ type, name }) =>
      type === 'directory' || name.endsWith('.json') ? {} : null
  });
  // Without a choice the dialog gives the folder.
  const files = (value ?? []).filter(({ type }) => type !== 'directory');
  return button.accept ? files.map(({ path }) => path) : [];
}

/**
 * Read a saved session.
 *
 * @throws RecordError if it is broken or of another version; what the contents manager throws if
 *   the file cannot be read
 */
export async function readSession(
  contents: Contents.IManager,
  path: string
): Promise<INamedSession> {
  const { content } = await contents.get(path, {
    type: 'file',
    format: 'text',
    content: true
  });
  const name = PathExt.basename(path);
  return { name, session: decodeSession(String(content)) };
}
