/** Small valid documents for tests; each test says only what matters to it. */
import type {
  Advice,
  CellRecord,
  CellStarted,
  MemoryEntry,
  Place,
  Session
} from '../../src/record/_session';
import type { ILiveSample } from '../../src/views/state';

let runs = 0;

/** A run with a fresh id. */
export function makeRecord(changes: Partial<CellRecord> = {}): CellRecord {
  runs += 1;
  return {
    run_id: `run-${runs}`,
    cell_id: 'cell-a',
    execution_count: runs,
    source: 'out = model(x)',
    source_hash: '0'.repeat(64),
    started_at: 1_700_000_000 + runs,
    duration_s: 0.34,
    status: 'ok',
    memory: [makeMemory()],
    samples: [],
    advice: [],
    verification: [],
    ...changes
  };
}

/** Memory of the host that grew by 1 MiB. */
export function makeMemory(changes: Partial<MemoryEntry> = {}): MemoryEntry {
  return {
    device: 'host',
    allocated_before_bytes: 100 * 2 ** 20,
    allocated_after_bytes: 101 * 2 ** 20,
    peak_bytes: 103 * 2 ** 20,
    peak_is: 'exact',
    ...changes
  };
}

/** Places of a run that are the first lines of its own text; `at` is the index of one. */
export function linesOf(source_hash: string, count = 8): Place[] {
  return Array.from({ length: count }, (_, index) => ({
    parent: null,
    kind: 'cell',
    source_hash,
    line: index + 1
  }));
}

/** The place of a line among those of `linesOf`. */
export function at(line: number): number {
  return line - 1;
}

/** A session of these runs. */
export function makeSession(cells: CellRecord[] = []): Session {
  return {
    schema_version: '2.0',
    environment: { extension: '0.1.0', python: '3.11.2', platform: 'Linux' },
    cells,
    health: []
  };
}

/** The message that begins a run. */
export function makeStart(changes: Partial<CellStarted> = {}): CellStarted {
  runs += 1;
  return {
    type: 'start',
    run_id: `run-${runs}`,
    cell_id: 'cell-a',
    execution_count: runs,
    started_at: 1_700_000_000,
    source: 'out = model(x)',
    ...changes
  };
}

/** A sample of the host, while the cell runs. */
export function makeSample(t_s: number, host_bytes = 1000): ILiveSample {
  return { t_s, host_bytes, devices: {}, line: 1 };
}

/** Advice without a fix. */
export function makeAdvice(changes: Partial<Advice> = {}): Advice {
  return {
    rule: 'no-grad-inference',
    severity: 'high',
    cell_id: 'cell-a',
    title: 'Inference records a graph',
    explanation: 'Nothing uses it.',
    evidence: [],
    lines: [1],
    ...changes
  };
}
