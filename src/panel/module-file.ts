/** Opens a module of the user's in an editor beside the notebook. */
import { Notification } from '@jupyterlab/apputils';
import type { CodeEditor } from '@jupyterlab/codeeditor';
import type { IDocumentManager } from '@jupyterlab/docmanager';
import type { Contents } from '@jupyterlab/services';

import { lineNow } from '../record/line-map';
import type { ITranslate } from '../views/state';
import { clip } from '../views/parts/text';

/** Characters of a path. */
const PATH = 200;

/** What opens files, and where they are. */
export interface IFiles {
  readonly contents: Contents.IManager;
  readonly documents: IDocumentManager;
  readonly trans: ITranslate;
}

/**
 * Open a file with the cursor on a line, or say that the server has none such.
 *
 * @param path - from the server's root
 * @param line - from one, of the text that ran
 * @param text - that text, as far as it is known: lines that are empty are not
 */
export async function openAtLine(
  { contents, documents, trans }: IFiles,
  path: string,
  line: number,
  text: string
): Promise<void> {
  // First, since a document that is not there is opened with a dialog.
  const found = await contents.get(path, { content: false }).catch(() => null);
  const widget = found && documents.openOrReveal(path, 'Editor');
  if (!widget) {
    Notification.info(
      trans.__('The file %1 was not found on the server.', clip(path, PATH)),
      { autoClose: 5000 }
    );
    return;
  }
  await widget.context.ready;
  const { editor } = widget.content as { editor?: CodeEditor.IEditor };
  if (editor) {
    const now = editor.model.sharedModel.getSource();
    const place = {
      line: Math.min(lineIn(now, text, line), editor.lineCount) - 1,
      column: 0
    };
    editor.setCursorPosition(place);
    editor.revealPosition(place);
    editor.focus();
  }
}

/** Where a line stands now; where that cannot be told, the number that it had. */
function lineIn(now: string, text: string, line: number): number {
  const was = text.split('\n')[line - 1];
  return was === undefined || was === now.split('\n')[line - 1]
    ? line
    : (lineNow(text, now, line) ?? line);
}
