/**
 * What follows from a record without measuring anything: shared by panel, badges, output and
 * report. Pure functions; nothing here knows of the DOM.
 */
import type {
  Action,
  Advice,
  CellRecord,
  Fix,
  MemoryEntry,
  Sample,
  Session
} from './_session';

/** The name under which the record keeps the host's memory. */
export const HOST = 'host';

/** What the user does not want to hear of. */
export interface ISilenced {
  /** Rules by cell: advice that was dismissed in the notebook. */
  readonly dismissed: ReadonlyMap<string, ReadonlySet<string>>;
  /** Rules that were turned off for good. */
  readonly rulesOff: ReadonlySet<string>;
}

/** Nothing was dismissed, no rule turned off. */
export const NOTHING_SILENCED: ISilenced = {
  dismissed: new Map(),
  rulesOff: new Set()
};

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

/** Accelerators that a session has, used or not. */
export function acceleratorsOf({ environment, cells = [] }: Session): string[] {
  const devices = (environment.devices ?? []).map(({ device }) => device);
  // The environment is told anew only some time after a run has met the first.
  const last = cells[cells.length - 1]?.memory ?? [];
  const all = [...devices, ...last.map(({ device }) => device)];
  return [...new Set(all)].filter(device => device !== HOST);
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
export function latestRuns(session: Pick<Session, 'cells'>): CellRecord[] {
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

/** The advice of a record that the user has not silenced, in the kernel's order: by severity, then by saving. */
export function openAdvice(
  record: CellRecord,
  silenced: ISilenced = NOTHING_SILENCED
): Advice[] {
  return heard(record, silenced).filter(
    advice => !isDismissed(advice, silenced)
  );
}

/** The advice of a record that was dismissed, which can be brought back. */
export function dismissedAdvice(
  record: CellRecord,
  silenced: ISilenced
): Advice[] {
  return heard(record, silenced).filter(advice =>
    isDismissed(advice, silenced)
  );
}

function heard(record: CellRecord, { rulesOff }: ISilenced): Advice[] {
  return (record.advice ?? []).filter(({ rule }) => !rulesOff.has(rule));
}

function isDismissed(
  { cell_id, rule }: Advice,
  { dismissed }: ISilenced
): boolean {
  return cell_id !== null && (dismissed.get(cell_id)?.has(rule) ?? false);
}

/**
 * Whether all cells that a fix edits still hold the source that it was made for.
 *
 * @param stale - runs whose cell's source was edited since
 */
export function fixFits(
  session: Session,
  fix: Fix,
  stale: ReadonlySet<string>
): boolean {
  const cells = session.cells ?? [];
  return fix.edits.every(edit =>
    cells.some(
      record =>
        record.cell_id === edit.cell_id &&
        record.source_hash === edit.source_hash &&
        !stale.has(record.run_id)
    )
  );
}

/** The open advice of each cell's latest run whose fix is safe and still fits. */
export function safeAdvice(
  session: Session,
  silenced: ISilenced,
  stale: ReadonlySet<string>
): { record: CellRecord; advice: Advice; fix: Fix }[] {
  return latestRuns(session).flatMap(record =>
    openAdvice(record, silenced).flatMap(advice => {
      const { fix } = advice;
      return fix?.safe && fixFits(session, fix, stale)
        ? [{ record, advice, fix }]
        : [];
    })
  );
}

/** Which advice of which run this is. */
export function adviceKey({ run_id }: CellRecord, { rule }: Advice): string {
  return JSON.stringify([run_id, rule]);
}

/** Which action of which advice of which run this is, for what came of it. */
export function actionKey(
  record: CellRecord,
  { rule }: Advice,
  { kind, targets }: Action
): string {
  return JSON.stringify([record.run_id, rule, kind, targets ?? []]);
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

/** Whether a source has but one line of code: everybody knows that it took all the time. */
export function isOneLine(source: string): boolean {
  const code = source
    .slice(0, 100_000)
    .split('\n')
    .filter(line => !/^\s*(#|%%|$)/.test(line));
  return code.length < 2;
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
