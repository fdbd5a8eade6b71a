/** Saves reports and sessions beside the notebook, and says where; a chunk of its own. */
import { Notification } from '@jupyterlab/apputils';
import type { Contents } from '@jupyterlab/services';

import type { Check, Session } from '../record/_session';
import type { ITranslate } from '../views/state';
import { exportReport, saveSession } from './export-report';

/** How long a notification with something to click stays, in milliseconds. */
const CLICKABLE_MS = 12_000;

/** How long an export waits for the doctor, in milliseconds. */
const DOCTOR_MS = 2000;

/** What to save, and where. */
export interface ISaving {
  contents: Contents.IManager;
  /** Of the notebook in front, `null` without one. */
  path: string | null;
  session: Session | null;
  trans: ITranslate;
}

/** What a report is made of beside the session. */
export interface IReporting extends ISaving {
  /** Whether the source of the cells is in it. */
  source: boolean;
  /** Ask the kernel for the doctor's checks; `null`: it cannot answer now. */
  checks: (() => Promise<Check[]>) | null;
}

/** Save the report, and offer to open it. */
export function reportFile(options: IReporting): void {
  const { contents, path, session, trans } = options;
  if (!path || !session) {
    Notification.info(
      trans.__('There is nothing to export yet: run a cell first.'),
      { autoClose: 3000 }
    );
    return;
  }
  const saving = withChecks(session, options.checks).then(checked =>
    exportReport(contents, path, checked, options.source)
  );
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

/** The session with what the doctor finds, if the kernel says so soon enough. */
async function withChecks(
  session: Session,
  ask: IReporting['checks']
): Promise<Session> {
  const late = new Promise<null>(resolve =>
    setTimeout(() => resolve(null), DOCTOR_MS)
  );
  // A kernel that went away, or is too old to answer: the report is worth having without.
  const checks = ask && (await Promise.race([ask().catch(() => null), late]));
  return checks ? { ...session, checks } : session;
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
