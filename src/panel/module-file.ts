/** Opens a module of the user's in an editor beside the notebook. */
import type { CodeEditor } from '@jupyterlab/codeeditor';
import type { IDocumentManager } from '@jupyterlab/docmanager';
import type { Contents } from '@jupyterlab/services';

import { lineNow } from '../record/line-map';

/** What opens files, and where they are. */
export interface IFiles {
  readonly contents: Contents.IManager;
  readonly documents: IDocumentManager;
}

/**
 * Open a file with the cursor on a line.
 *
 * @param path - from the server's root
 * @param line - from one, of the text that ran
 * @param text - that text, as far as it is known: lines that are empty are not
 * @returns whether there is such a file
 */
export async function openAtLine(
  { contents, documents }: IFiles,
  path: string,
  line: number,
  text: string
): Promise<boolean> {
  // First, since a document that is not there is opened with a dialog.
  const found = await contents.get(path, { content: false }).catch(() => null);
  const widget = found && documents.openOrReveal(path, 'Editor');
  if (!widget) {
    return false;
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
  return true;
}

/** Where a line stands now; where that cannot be told, the number that it had. */
function lineIn(now: string, text: string, line: number): number {
  const was = text.split('\n')[line - 1];
  return was === undefined || was === now.split('\n')[line - 1]
    ? line
    : (lineNow(text, now, line) ?? line);
}
