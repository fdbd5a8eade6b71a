/**
 * Composes the report as one HTML file, in the front end. `deliver/report.py` is its twin in the
 * kernel and the command line: both fill the same shell.
 *
 * The shell is `python_ext/jupyterlab_torchprof/deliver/assets/report-shell.txt`, written by
 * `npm run build:report` from `template.html`: script, style and the hashes of the content security
 * policy are in it already, so nothing has to be hashed here (`crypto.subtle` is missing on
 * pages served over plain HTTP). What is left open are the marks for title, summary, session and, for comparisons,
 * the earlier session.
 */
import type { Session } from '../record/_session';
import { escapeHtml, staticSummary } from './summary';

/** The marks of the shell, each once. */
const MARK = /<!--torchprof:(title|summary|session|baseline)-->/g;

/** The shell, from a chunk of its own: it is as large as the charts. */
export async function loadShell(): Promise<string> {
  const module =
    await import('../../python_ext/jupyterlab_torchprof/deliver/assets/report-shell.txt');
  return module.default;
}

/**
 * One self-contained HTML file.
 *
 * @param session What to show.
 * @param shell From `loadShell`.
 * @param title Shown as heading and as the page's title.
 */
export function composeReport(
  session: Session,
  shell: string,
  title: string
): string {
  const parts: Record<string, string> = {
    title: escapeHtml(title),
    summary: staticSummary(session, title),
    session: jsonForScript(session),
    baseline: ''
  };
  // One pass with a function: neither `$&` nor a mark inside the data means anything.
  return shell.replace(MARK, (_, name: string) => parts[name]);
}

/** JSON that cannot end the script element it stands in, nor a line of it. */
export function jsonForScript(value: unknown): string {
  return JSON.stringify(value)
    .replace(/</g, '\\u003c')
    .replace(/\u2028/g, '\\u2028')
    .replace(/\u2029/g, '\\u2029');
}
