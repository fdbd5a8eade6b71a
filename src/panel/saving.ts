/** Saves reports and sessions beside the notebook, and says where; a chunk of its own. */
import { Notification } from '@jupyterlab/apputils';
import type { Contents } from '@jupyterlab/services';

import type { Session } from '../record/_session';
import type { ITranslate } from '../views/state';
import { exportReport, saveSession } from './export-report';

/** How long a notification with something to click stays, in milliseconds. */
const CLICKABLE_MS = 12_000;

/** What to save, and where. */
export interface ISaving {
  contents: Contents.IManager;
  /** Of the notebook in front, `null` without one. */
  path: string | null;
  session: Session | null;
  trans: ITranslate;
}

/** Save the report, and offer to open it. */
export function reportFile({ contents, path, session, trans }: ISaving): void {
  if (!path || !session) {
    Notification.info(
      trans.__('There is nothing to export yet: run a cell first.'),
      { autoClose: 3000 }
    );
    return;
  }
  const saving = exportReport(contents, path, session);
  Notification.promise(saving, {
    pending: { message: trans.__('Exporting the report…') },
    success: {
      message: saved => trans.__('Report saved as %1', String(saved)),
      options: {
        autoClose: CLICKABLE_MS,
        actions: [
          {
            label: trans.__('Open'),
            displayType: 'accent',
            callback: () => void saving.then(saved => open(contents, saved))
          }
        ]
      }
    },
    error: {
      message: reason =>
        trans.__('The report could not be saved: %1', (reason as Error).message)
    }
  });
}

/** Save the session, to be compared later. */
export function sessionFile({ contents, path, session, trans }: ISaving): void {
  if (!path || !session?.cells?.length) {
    Notification.info(
      trans.__('There is nothing to save yet: run a cell first.'),
      { autoClose: 3000 }
    );
    return;
  }
  Notification.promise(saveSession(contents, path, session), {
    pending: { message: trans.__('Saving the session…') },
    success: {
      message: saved => trans.__('Session saved as %1', String(saved)),
      options: { autoClose: CLICKABLE_MS }
    },
    error: {
      message: reason =>
        trans.__(
          'The session could not be saved: %1',
          (reason as Error).message
        )
    }
  });
}

/**
 * Open a report in a tab of the browser: JupyterLab's own viewer keeps its script from running
 * until the file is trusted.
 */
async function open(contents: Contents.IManager, path: string): Promise<void> {
  const url = await contents.getDownloadUrl(path);
  window.open(url, '_blank', 'noopener');
}
