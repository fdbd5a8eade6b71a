/** Writes a session beside its notebook, as HTML report or as data; a chunk of its own. */
import { PathExt } from '@jupyterlab/coreutils';
import type { Contents } from '@jupyterlab/services';

import type { Session } from '../record/_session';
import { composeReport, loadShell } from '../report/document';
import { leaveSourceOut } from '../report/redact';

/**
 * Save the report beside the notebook, as `<notebook>-torchprof.html`. A file that is there
 * already is never overwritten, since reports are kept to be compared: a number is added.
 *
 * @param source - whether the source of the cells is in it
 * @returns the path of the report
 * @throws what the contents manager throws if the file cannot be saved
 */
export async function exportReport(
  contents: Contents.IManager,
  notebookPath: string,
  session: Session,
  source = true
): Promise<string> {
  const name = PathExt.basename(notebookPath);
  const shown = source ? session : leaveSourceOut(session);
  const content = composeReport(shown, await loadShell(), name);
  return save(contents, notebookPath, 'torchprof.html', content);
}

/**
 * Save the session beside the notebook, as `<notebook>-profile.json`, also never over another:
 * what `jupyter torchprof` reads and what a later session can be compared with.
 *
 * @returns the path of the file
 * @throws what the contents manager throws if the file cannot be saved
 */
export async function saveSession(
  contents: Contents.IManager,
  notebookPath: string,
  session: Session
): Promise<string> {
  const content = JSON.stringify(session);
  return save(contents, notebookPath, 'profile.json', content);
}

/** Save beside the notebook under a name at which nothing stands. */
async function save(
  contents: Contents.IManager,
  notebookPath: string,
  ending: string,
  content: string
): Promise<string> {
  const path = await freePath(contents, notebookPath, ending);
  const model = await contents.save(path, {
    type: 'file',
    format: 'text',
    name: PathExt.basename(path),
    content
  });
  return model.path;
}

/** `<notebook>-<ending>`, with a number before the extension if that is taken. */
async function freePath(
  contents: Contents.IManager,
  notebookPath: string,
  ending: string
): Promise<string> {
  const directory = PathExt.dirname(notebookPath);
  const stem = PathExt.basename(notebookPath, PathExt.extname(notebookPath));
  const [what, extension] = ending.split('.');
  const listing = await contents.get(directory, { content: true });
  const taken = new Set(
    (listing.content as Contents.IModel[]).map(({ name }) => name)
  );
  for (let number = 1; ; number++) {
    const suffix = number === 1 ? '' : `-${number}`;
    const name = `${stem}-${what}${suffix}.${extension}`;
    if (!taken.has(name)) {
      return PathExt.join(directory, name);
    }
  }
}
