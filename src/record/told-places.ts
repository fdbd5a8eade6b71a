/**
 * Places of documents from before format 1.4, which knew lines of the running cell only: each
 * becomes a node of its own, so that views need to know but one form. Its twin is
 * `told_places.py`; one fixture holds both to the same.
 */
import type { CellRecord, LineCost, Place, Sample } from './_session';

/** Lines of a run that are taken over. */
export const LINES = 1000;
/** Looks from which on kernels told of lines, ten a second. */
const TOLD_FROM = 10;

/** The same run; a new object only if it has lines but no places. */
export function tellPlaces(record: CellRecord): CellRecord {
  if ((record.places ?? []).length > 0 || (record.stack_samples ?? 0) > 0) {
    return record;
  }
  const lines = (record.lines ?? []).slice(0, LINES);
  const looks = looksOf(record);
  if (lines.length === 0) {
    const counts = countLines(looks);
    return counts.size === 0
      ? record
      : {
          ...record,
          places: [...counts].map(([line, samples]) => ({
            ...root(record, line),
            samples
          })),
          stack_samples: looks.length
        };
  }
  const total = Math.max(looks.length, TOLD_FROM);
  const grown = deviceGrowth(record.samples ?? []);
  return {
    ...record,
    places: lines.map(cost => ({
      ...root(record, cost.line),
      samples: looksIn(cost, total),
      host_growth_bytes: cost.host_growth_bytes,
      device_growth_bytes: Object.fromEntries(
        [...(grown.get(cost.line) ?? [])].filter(([, bytes]) => bytes !== 0)
      )
    })),
    stack_samples: total
  };
}

/** A place that is a line of the running cell. */
export function root({ source_hash }: CellRecord, line: number): Place {
  return { parent: null, kind: 'cell', source_hash, line };
}

/** The line that a part of the document tells; `null`: it is none. Today's form has no such. */
export function lineIn(event: object, name = 'line'): number | null {
  const line = (event as Readonly<Record<string, unknown>>)[name];
  return isLine(line) ? line : null;
}

/** Whether it is a number of a line. */
export function isLine(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) > 0;
}

function looksIn({ time_share }: LineCost, total: number): number {
  return Math.floor(Math.min(1, Math.max(0, time_share)) * total + 0.5);
}

/** Samples at which was looked: the first and last may be readings before and after the cell. */
function looksOf({ samples = [], duration_s }: CellRecord): Sample[] {
  const last = samples.length - 1;
  return samples.filter(
    (sample, index) =>
      lineIn(sample) !== null ||
      !(
        (index === 0 && sample.t_s === 0) ||
        (index === last && sample.t_s >= duration_s)
      )
  );
}

function countLines(looks: readonly Sample[]): Map<number, number> {
  const counts = new Map<number, number>();
  for (const sample of looks) {
    const line = lineIn(sample);
    if (line !== null && (counts.has(line) || counts.size < LINES)) {
      counts.set(line, (counts.get(line) ?? 0) + 1);
    }
  }
  return counts;
}

/** Growth by line and device, between samples that follow each other in one line. */
function deviceGrowth(
  samples: readonly Sample[]
): Map<number, Map<string, number>> {
  const grown = new Map<number, Map<string, number>>();
  samples.slice(1).forEach((sample, index) => {
    const before = samples[index];
    const line = lineIn(sample);
    if (line !== null && line === lineIn(before)) {
      const sums = grown.get(line) ?? new Map<string, number>();
      grown.set(line, sums);
      for (const [device, bytes] of Object.entries(sample.devices ?? {})) {
        const held = before.devices?.[device] ?? bytes;
        sums.set(device, (sums.get(device) ?? 0) + bytes - held);
      }
    }
  });
  return grown;
}
