/**
 * What follows from a record without measuring anything: shared by panel, badges, output and
 * report. Pure functions; nothing here knows of the DOM.
 */
import type {
  Advice,
  CellRecord,
  MemoryEntry,
  Sample,
  Session
} from './_session';

/** The name under which the record keeps the host's memory. */
export const HOST = 'host';

const SEVERITIES: readonly Advice['severity'][] = [
  'high',
  'medium',
  'low',
  'info'
];

/** Memory of the host process, or `null` if it was not measured. */
export function hostMemory(record: CellRecord): MemoryEntry | null {
  return (record.memory ?? []).find(entry => entry.device === HOST) ?? null;
}

/**
 * Memory of the device that the work is on: of the accelerators in use the one with the highest
 * peak, else the host.
 */
export function mainMemory(record: CellRecord): MemoryEntry | null {
  let main: MemoryEntry | null = null;
  for (const entry of record.memory ?? []) {
    const used = entry.device !== HOST && entry.peak_bytes > 0;
    if (used && (main === null || entry.peak_bytes > main.peak_bytes)) {
      main = entry;
    }
  }
  return main ?? hostMemory(record);
}

/** What the cell left behind, in bytes: after minus before. */
export function memoryDelta(entry: MemoryEntry): number {
  return entry.allocated_after_bytes - entry.allocated_before_bytes;
}

/** The run with this id, or `null`. */
export function findRun(
  session: Session,
  runId: string | null
): CellRecord | null {
  return (session.cells ?? []).find(record => record.run_id === runId) ?? null;
}

/**
 * The latest run of each cell, cells in the order in which they first ran (so that a cell keeps
 * its place when it runs again). Runs without a cell id each stand for themselves.
 */
export function latestRuns(session: Session): CellRecord[] {
  const latest = new Map<string, CellRecord>();
  for (const record of session.cells ?? []) {
    latest.set(runKey(record), record);
  }
  return [...latest.values()];
}

/** The latest run of this cell, or `null`. */
export function latestRunOf(
  session: Session,
  cellId: string
): CellRecord | null {
  const cells = session.cells ?? [];
  for (let i = cells.length - 1; i >= 0; i--) {
    if (cells[i].cell_id === cellId) {
      return cells[i];
    }
  }
  return null;
}

/** All runs of the cell of this record, oldest first. */
export function runsOfSameCell(
  session: Session,
  record: CellRecord
): CellRecord[] {
  const key = runKey(record);
  return (session.cells ?? []).filter(other => runKey(other) === key);
}

/** The advice of a record, the most severe first. */
export function openAdvice(record: CellRecord): Advice[] {
  return [...(record.advice ?? [])].sort(
    (a, b) => SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity)
  );
}

/**
 * The line by which a person knows the cell: the first that is neither blank, comment nor magic;
 * if there is none, the first that is not blank. Empty for an empty source.
 */
export function firstCodeLine(source: string): string {
  // A source may be a megabyte long: look at its head only.
  const lines = source
    .slice(0, 20_000)
    .split(/\r\n|\r|\n/, 400)
    .map(line => line.trim())
    .filter(line => line !== '');
  const isCode = (line: string) => !/^(#|%|!)/.test(line);
  return (lines.find(isCode) ?? lines[0] ?? '').slice(0, 200);
}

/** One device's line in the timeline: bytes over seconds since the cell started. */
export interface ITimelineSeries {
  readonly device: string;
  readonly t_s: number[];
  readonly bytes: number[];
}

/** The samples as one series per device, the host first; devices in the order they appear. */
export function timelineSeries(samples: readonly Sample[]): ITimelineSeries[] {
  const series = new Map<string, ITimelineSeries>();
  const add = (device: string, t: number, bytes: number) => {
    let line = series.get(device);
    if (!line) {
      line = { device, t_s: [], bytes: [] };
      series.set(device, line);
    }
    line.t_s.push(t);
    line.bytes.push(bytes);
  };
  for (const sample of samples) {
    add(HOST, sample.t_s, sample.host_bytes);
    for (const [device, bytes] of Object.entries(sample.devices ?? {})) {
      add(device, sample.t_s, bytes);
    }
  }
  return [...series.values()];
}

function runKey(record: CellRecord): string {
  return record.cell_id === null
    ? `run ${record.run_id}`
    : `cell ${record.cell_id}`;
}
