/**
 * What a reader sees who opens a report without scripts: a headline, and a table of the runs with
 * what they cost and what to change; every text escaped. Its twin is `static_summary` in
 * `deliver/summary.py`; a shared golden file keeps the two alike.
 */
import { firstCodeLine, mainMemory, memoryDelta } from '../record/derive';
import { sum } from '../record/quantities';
import {
  formatBytes,
  formatBytesDelta,
  formatDuration,
  UNKNOWN
} from '../record/units';
import { visible } from '../record/visible';
import type { CellRecord, Session } from '../record/_session';

/** Runs in the table; a report of a longer session says how many more there are. */
const ROWS = 200;
const DEVICES = 32;

/** An HTML fragment; the report's script replaces it. */
export function staticSummary(session: Session, title: string): string {
  const cells = session.cells ?? [];
  const rows = cells.slice(0, ROWS).map(row).join('');
  const more =
    cells.length > ROWS
      ? `<p>${cells.length - ROWS} more runs are in this file.</p>`
      : '';
  return (
    '<main class="jp-Torchprof-static">' +
    `<h1>${text(title)}</h1>` +
    `<p>${lead(session)}</p>` +
    '<p>Charts and details of this report need JavaScript; nothing is loaded from a network.</p>' +
    '<table><thead><tr><th>Run</th><th>Code</th><th>Time</th><th>Memory</th><th>Peak</th>' +
    `<th>Advice</th></tr></thead><tbody>${rows}</tbody></table>${more}</main>`
  );
}

/** Text as HTML: what is special in content and in attributes is escaped, what hides is visible. */
export function escapeHtml(text: string): string {
  return visible(text)
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')
    .replace(/"/g, '&quot;')
    .replace(/'/g, '&#x27;');
}

function lead({ cells = [], environment }: Session): string {
  const seconds = formatDuration(sum(cells, record => record.duration_s));
  const { torch, devices } = environment;
  const names = [...new Set((devices ?? []).map(({ name }) => name))]
    .slice(0, DEVICES)
    .map(name => text(name.slice(0, 80)));
  const failed = cells.filter(({ status }) => status === 'error').length;
  return [
    ...(failed > 0 ? [`${failed} failed`] : []),
    `${cells.length} ${cells.length === 1 ? 'run' : 'runs'} in ${escapeHtml(seconds)}`,
    torch ? `PyTorch ${text(torch.slice(0, 40))}` : 'without PyTorch',
    names.join(', ') || 'no accelerator'
  ].join(' · ');
}

function row(record: CellRecord): string {
  const memory = mainMemory(record);
  const line = code(record);
  return tr([
    number(record),
    record.status === 'ok' ? line : `${line} (${record.status})`,
    escapeHtml(formatDuration(record.duration_s)),
    memory ? formatBytesDelta(memoryDelta(memory)) : UNKNOWN,
    memory ? formatBytes(memory.peak_bytes) : UNKNOWN,
    (record.advice ?? [])
      .slice(0, 10)
      .map(({ title }) => text(title.slice(0, 200)))
      .join('<br>')
  ]);
}

function tr(columns: readonly string[]): string {
  return `<tr>${columns.map(column => `<td>${column}</td>`).join('')}</tr>`;
}

function number({ execution_count }: CellRecord): string {
  return typeof execution_count === 'number' ? `[${execution_count}]` : UNKNOWN;
}

function code({ source }: CellRecord): string {
  return `<code>${text(firstCodeLine(source))}</code>`;
}

/** Text of the record: visible, escaped, and isolated from the direction of the text around it. */
function text(value: string): string {
  return `<bdi>${escapeHtml(value)}</bdi>`;
}
