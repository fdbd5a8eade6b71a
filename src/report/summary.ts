/**
 * What a reader sees who opens a report without scripts: where it ran, what cost most, what to
 * change and how, and a table of the runs; every text escaped. Its twin is `static_summary` in
 * `deliver/summary.py`; a shared golden file keeps the two alike.
 */
import { applyReplacements, EditError, replacementsOf } from '../fixes/edits';
import {
  firstCodeLine,
  HOST,
  latestRuns,
  mainMemory,
  memoryDelta
} from '../record/derive';
import { orderedAdvice } from '../record/advice-order';
import { sum } from '../record/quantities';
import {
  formatBytes,
  formatBytesDelta,
  formatDuration,
  formatQuantity,
  UNKNOWN
} from '../record/units';
import { visible } from '../record/visible';
import { hottestWords } from '../views/places/place-words';
import { PLAIN } from './plain';
import type {
  Advice,
  CellRecord,
  Fix,
  Session,
  TextEdit
} from '../record/_session';

/** Runs in the table; a report of a longer session says how many more there are. */
const ROWS = 200;
const DEVICES = 32;
const COSTLY = 5;
const ADVICE = 20;
const DIFF_LINES = 80;
/** Lines around a change. */
const CONTEXT = 2;
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
    `${where(session)}${costly(session)}${changes(session)}` +
    '<h2>Runs</h2>' +
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
  return [
    `${cells.length} ${cells.length === 1 ? 'run' : 'runs'} in ${escapeHtml(seconds)}`,
    torch ? `PyTorch ${text(torch.slice(0, 40))}` : 'without PyTorch',
    names.join(', ') || 'no accelerator'
  ].join(' · ');
}

function where({ cells = [], environment }: Session): string {
  const totals = new Map(
    (environment.devices ?? []).map(({ device, total_bytes }) => [
      device,
      total_bytes
    ])
  );
  totals.set(HOST, environment.host_total_bytes);
  const peaks = new Map<string, number>();
  for (const { memory = [] } of cells) {
    for (const { device, peak_bytes } of memory) {
      if (peaks.has(device) || peaks.size < DEVICES) {
        peaks.set(device, Math.max(peaks.get(device) ?? 0, peak_bytes));
      }
    }
  }
  const rows = [...peaks].map(([device, peak]) =>
    tr([
      device === HOST ? 'Host' : text(device.slice(0, 80)),
      formatBytes(peak),
      formatBytes(totals.get(device))
    ])
  );
  return rows.length === 0
    ? ''
    : '<h2>Where it ran</h2><table><thead><tr><th>Device</th><th>Highest peak</th><th>Of</th></tr>' +
        `</thead><tbody>${rows.join('')}</tbody></table>`;
}

function costly(session: Session): string {
  const items = [...(session.cells ?? [])]
    .sort((a, b) => b.duration_s - a.duration_s)
    .slice(0, COSTLY)
    .map(
      record =>
        `<li>${number(record)} ${code(record)}: ${escapeHtml(formatDuration(record.duration_s))}${hottestPlace(session, record)}</li>`
    );
  return items.length === 0
    ? ''
    : `<h2>What took longest</h2><ol>${items.join('')}</ol>`;
}

function hottestPlace(session: Session, record: CellRecord): string {
  const context = { session, record, stale: new Set<string>(), trans: PLAIN };
  const words = hottestWords(context);
  return words === null ? '' : ` · ${text(words)}`;
}

function changes(session: Session): string {
  const found = orderedAdvice(latestRuns(session));
  const cards = found
    .slice(0, ADVICE)
    .map(({ record, advice }) => card(session, record, advice));
  const more =
    found.length > ADVICE
      ? `<p>${found.length - ADVICE} more in the table below.</p>`
      : '';
  return found.length === 0
    ? ''
    : `<h2>What to change</h2>${cards.join('')}${more}`;
}

function card(session: Session, record: CellRecord, advice: Advice): string {
  const { prediction, fix, refusal } = advice;
  const parts = [
    `<h3>${number(record)} ${text(advice.title.slice(0, 300))}</h3>`,
    `<p>${text(advice.explanation.slice(0, 1000))}</p>`
  ];
  if (prediction) {
    const { before, after, unit } = prediction;
    parts.push(
      `<p>Predicted: ${escapeHtml(formatQuantity(before, unit))} → ` +
        `${escapeHtml(formatQuantity(after, unit))}</p>`
    );
  }
  if (fix) {
    parts.push(`<p>${text(fix.title.slice(0, 300))}</p>${diff(session, fix)}`);
  } else if (refusal) {
    parts.push(`<p>No automatic fix: ${text(refusal.slice(0, 600))}</p>`);
  }
  return `<article>${parts.join('')}</article>`;
}

/** The lines that a fix changes, cell by cell. */
function diff({ cells = [] }: Session, fix: Fix): string {
  const groups = new Map<string, TextEdit[]>();
  for (const edit of fix.edits) {
    const key = JSON.stringify([edit.cell_id, edit.source_hash]);
    groups.set(key, [...(groups.get(key) ?? []), edit]);
  }
  return [...groups.values()]
    .slice(0, 10)
    .map(edits => {
      const record = cells.find(
        ({ source_hash }) => source_hash === edits[0].source_hash
      );
      const after = record && changed(record.source, edits);
      if (!record || after === null || after === undefined) {
        return '';
      }
      const lines = diffLines(record.source.split('\n'), after.split('\n'))
        .slice(0, DIFF_LINES)
        .map(([sign, line]) => `${sign} ${text(line.slice(0, 300))}`);
      return `<p>${number(record)}</p><pre>${lines.join('\n')}</pre>`;
    })
    .join('');
}

/** The source after the edits, `null` if they do not fit it. */
function changed(source: string, edits: readonly TextEdit[]): string | null {
  try {
    return applyReplacements(source, replacementsOf(source, edits));
  } catch (error) {
    if (error instanceof EditError) {
      return null;
    }
    throw error;
  }
}

/** The stretch that differs, removed lines before added ones, with a little context. */
function diffLines(
  old: readonly string[],
  now: readonly string[]
): [string, string][] {
  const shorter = Math.min(old.length, now.length);
  let head = 0;
  while (head < shorter && old[head] === now[head]) {
    head += 1;
  }
  let tail = 0;
  while (
    tail < shorter - head &&
    old[old.length - 1 - tail] === now[now.length - 1 - tail]
  ) {
    tail += 1;
  }
  const end = old.length - tail;
  const signed = (sign: string, lines: readonly string[]) =>
    lines.map((line): [string, string] => [sign, line]);
  return [
    ...signed(' ', old.slice(Math.max(0, head - CONTEXT), head)),
    ...signed('-', old.slice(head, end)),
    ...signed('+', now.slice(head, now.length - tail)),
    ...signed(' ', old.slice(end, end + CONTEXT))
  ];
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
