/** Predicted against measured, for two runs that are set beside each other. Pure. */
import { HOST, memoryDelta } from './derive';
import { entryOf, graphBytes } from './quantities';
import type { Advice, CellRecord, Prediction, Verification } from './_session';

/**
 * What the kernel verified against this very baseline; and for advice that is gone otherwise, what
 * both runs measured of what it had promised, such as between two sessions. Between sessions
 * memory is compared from each run's own start, for other cells differ too.
 */
export function promisesKept(
  before: CellRecord,
  after: CellRecord,
  gone: readonly Advice[]
): Verification[] {
  const verified = (after.verification ?? []).filter(
    ({ baseline_run_id }) => baseline_run_id === before.run_id
  );
  const told = new Set(verified.map(({ rule }) => rule));
  if (after.status !== 'ok' || before.source_hash === after.source_hash) {
    return verified;
  }
  return [
    ...verified,
    ...gone
      .filter(({ rule }) => !told.has(rule))
      .flatMap(({ rule, prediction }) =>
        prediction ? measured(rule, prediction, before, after) : []
      )
  ];
}

function measured(
  rule: string,
  prediction: Prediction,
  before: CellRecord,
  after: CellRecord
): Verification[] {
  const { metric, unit } = prediction;
  const device = prediction.device ?? null;
  const values = [before, after].map(run => valueOf(metric, run, device));
  if (values[0] === null || values[1] === null) {
    return [];
  }
  const baseline_run_id = before.run_id;
  const found: Verification[] = [
    {
      rule,
      metric,
      predicted: prediction.after - prediction.before,
      measured: values[1] - values[0],
      unit,
      baseline_run_id,
      device
    }
  ];
  if (metric !== 'duration_s') {
    found.push({
      rule,
      metric: 'duration_s',
      predicted: null,
      measured: after.duration_s - before.duration_s,
      unit: 's',
      baseline_run_id
    });
  }
  return found;
}

function valueOf(
  metric: string,
  run: CellRecord,
  device: string | null
): number | null {
  // The record calls the memory of the CPU's tensors the host's.
  const name = device === null || device === 'cpu' ? HOST : device;
  const entry = entryOf(run, name);
  switch (metric) {
    case 'graph_bytes':
      return graphBytes(run);
    case 'peak_bytes':
      return entry && entry.peak_bytes - entry.allocated_before_bytes;
    case 'allocated_after_bytes':
      return entry && memoryDelta(entry);
    case 'duration_s':
      return run.duration_s;
    default:
      return null;
  }
}
