/** Saves a trace by the browser, where Perfetto can open it; a chunk of its own. */
import { Notification } from '@jupyterlab/apputils';
import { PathExt } from '@jupyterlab/coreutils';

import type { CellRecord } from '../record/_session';
import type { ITranslate } from '../views/state';

/** How long the news stays, in milliseconds. */
const NEWS_MS = 12_000;

/**
 * Read a trace, and have the browser save it.
 *
 * @param read - gets it from the kernel
 * @param path - of the notebook
 */
export function traceFile(
  read: () => Promise<Uint8Array<ArrayBuffer>>,
  path: string | null,
  record: CellRecord,
  trans: ITranslate
): void {
  const name = fileName(path, record);
  const saving = read().then(data => {
    save(data, name);
    return name;
  });
  Notification.promise(saving, {
    pending: { message: trans.__('Reading the trace…') },
    success: {
      message: () =>
        trans.__(
          'Saved %1. Open it at ui.perfetto.dev, which reads it in your browser.',
          name
        ),
      options: { autoClose: NEWS_MS }
    },
    error: {
      message: reason => (reason as Error).message,
      options: { autoClose: NEWS_MS }
    }
  });
}

/** `notebook-cell-3.trace.json.gz`. */
function fileName(
  path: string | null,
  { execution_count }: CellRecord
): string {
  const stem = path ? PathExt.basename(path, PathExt.extname(path)) : 'cell';
  const number = execution_count ?? '';
  return `${stem}-cell-${number}.trace.json.gz`;
}

function save(data: Uint8Array<ArrayBuffer>, name: string): void {
  const url = URL.createObjectURL(
    new Blob([data], { type: 'application/gzip' })
  );
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  // The browser has begun to save by then.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
