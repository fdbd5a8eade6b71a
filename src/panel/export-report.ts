/** Saves a session as HTML report; a chunk of its own. */
import { PathExt } from '@jupyterlab/coreutils';
import type { Contents } from '@jupyterlab/services';

import type { Session } from '../record/_session';
import { composeReport, loadShell } from '../report/document';

/**
 * Save the report beside the notebook, as `<notebook>-torchprof.html`. A file that is there
 * already is never overwritten, since reports are kept to be compared: a number is added.
 *
 * @returns the path of the report
 * @throws what the contents manager throws if the file cannot be saved
 */
export async function exportReport(
  contents: Contents.IManager,
  notebookPath: string,
  session: Session
): Promise<string> {
  const name = PathExt.basename(notebookPath);
  const content = composeReport(session, await loadShell(), name);
  const path = await freePath(contents, notebookPath);
  const model = await contents.save(path, {
    type: 'file',
    format: 'text',
    name: PathExt.basename(path),
    content
  });
  return model.path;
}

/** A path for the report at which nothing stands. */
async function freePath(
  contents: Contents.IManager,
  notebookPath: string
): Promise<string> {
  const directory = PathExt.dirname(notebookPath);
  const stem = PathExt.basename(notebookPath, PathExt.extname(notebookPath));
  const listing = await contents.get(directory, { content: true });
  const taken = new Set(
    (listing.content as Contents.IModel[]).map(({ name }) => name)
  );
  for (let number = 1; ; number++) {
    const suffix = number === 1 ? '' : `-${number}`;
    const name = `${stem}-torchprof${suffix}.html`;
    if (!taken.has(name)) {
      return PathExt.join(directory, name);
    }
  }
}
