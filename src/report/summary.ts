/**
 * What a reader sees who opens a report without scripts: title and table of cells, every text
 * escaped. Its twin is `static_summary` in `deliver/report.py`; a shared golden file keeps the two
 * alike.
 */
import { firstCodeLine, mainMemory, memoryDelta } from '../record/derive';
import {
  formatBytes,
  formatBytesDelta,
  formatDuration,
  UNKNOWN
} from '../record/units';
import type { CellRecord, Session } from '../record/_session';

/** Cells in the table; a report of a longer session says how many more there are. */
const ROWS = 200;

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
    `<h1><bdi>${escapeHtml(title)}</bdi></h1>` +
    '<p>The details of this report need JavaScript; nothing is loaded from a network.</p>' +
    '<table><thead><tr><th>Run</th><th>Code</th><th>Time</th><th>Memory</th><th>Peak</th>' +
    `<th>Advice</th></tr></thead><tbody>${rows}</tbody></table>${more}</main>`
  );
}

/** Text as HTML: what is special in content and in attributes is escaped. */
export function escapeHtml(text: string): string {
  return text
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')
    .replace(/"/g, '&quot;')
    .replace(/'/g, '&#x27;');
}

function row(record: CellRecord): string {
  const memory = mainMemory(record);
  const count = record.execution_count;
  const code = `<code><bdi>${escapeHtml(firstCodeLine(record.source))}</bdi></code>`;
  const advice = (record.advice ?? [])
    .slice(0, 10)
    .map(({ title }) => `<bdi>${escapeHtml(title.slice(0, 200))}</bdi>`)
    .join('<br>');
  const columns = [
    typeof count === 'number' ? `[${count}]` : UNKNOWN,
    record.status === 'ok' ? code : `${code} (${record.status})`,
    escapeHtml(formatDuration(record.duration_s)),
    memory ? formatBytesDelta(memoryDelta(memory)) : UNKNOWN,
    memory ? formatBytes(memory.peak_bytes) : UNKNOWN,
    advice
  ];
  return `<tr>${columns.map(column => `<td>${column}</td>`).join('')}</tr>`;
}
