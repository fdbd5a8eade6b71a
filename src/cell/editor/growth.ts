/** Which line, or loop, memory grew in, as far as samples prove it. Pure: knows no editor. */
import type { CellRecord, Sample } from '../../record/_session';
import { HOST } from '../../record/derive';
import { GROWTH_NOISE, held, risesOf } from '../../record/growth';
import type { ICost } from '../../record/places';
import { cellLine } from '../../record/places';
import { linesOf } from '../../record/texts';

/** Growth of the memory of one device. */
export interface IGrowth {
  /** PyTorch's name, or `host`. */
  readonly device: string;
  readonly bytes: number;
  /** Of the loop that begins in the line. */
  readonly inLoop: boolean;
}

/** Bytes by device. */
type Sums = Map<string, number>;

/**
 * Growth by line of a text: between samples that follow each other in it. Two samples in one line
 * of a loop may belong to two of its passes, with the other lines between them: what grew there can
 * be said of the loop as a whole only, and stands with its first line.
 *
 * @param text - the run that had this text
 * @param costs - what the run says of the text's lines
 */
export function growthByLine(
  record: CellRecord,
  text: CellRecord,
  costs: ReadonlyMap<number, ICost>
): Map<number, IGrowth[]> {
  const loops = loopsOf(linesOf(text));
  const sums = grownInPlaces(costs, loops);
  if (record.source_hash === text.source_hash) {
    // Of the lines that ran at the top the samples tell more: what grew from one to another.
    grownInSamples(record, loops).forEach((sum, line) => sums.set(line, sum));
  }
  const rises = risesOf(record);
  return new Map(
    [...sums].map(([line, sum]) => [
      line,
      [...sum]
        .map(([device, bytes]) => [device, held(bytes, device, rises)] as const)
        .filter(
          ([, bytes]) =>
            Number.isFinite(bytes) && Math.abs(bytes) >= GROWTH_NOISE
        )
        // Accelerators before the host.
        .sort(([a], [b]) => Number(a === HOST) - Number(b === HOST))
        .map(([device, bytes]) => ({
          device,
          bytes,
          inLoop: loops.has(line)
        }))
    ])
  );
}

function grownInPlaces(
  costs: ReadonlyMap<number, ICost>,
  loops: ReadonlyMap<number, number>
): Map<number, Sums> {
  const sums = new Map<number, Sums>();
  for (const [line, { hostBytes, deviceBytes }] of costs) {
    const sum = sumAt(sums, loops.get(line) ?? line);
    for (const [device, bytes] of [
      [HOST, hostBytes] as const,
      ...deviceBytes
    ]) {
      sum.set(device, (sum.get(device) ?? 0) + bytes);
    }
  }
  return sums;
}

function grownInSamples(
  record: CellRecord,
  loops: ReadonlyMap<number, number>
): Map<number, Sums> {
  const sums = new Map<number, Sums>();
  let before: Sample | null = null;
  let place = 0;
  for (const sample of record.samples ?? []) {
    const line = cellLine(record, sample.place);
    const now = line === null ? 0 : (loops.get(line) ?? line);
    if (before && now > 0 && now === place) {
      const sum = sumAt(sums, now);
      const held = bytesOf(before);
      for (const [device, bytes] of bytesOf(sample)) {
        const grown = bytes - (held.get(device) ?? 0);
        sum.set(device, (sum.get(device) ?? 0) + grown);
      }
    }
    before = sample;
    place = now;
  }
  return sums;
}

function sumAt(sums: Map<number, Sums>, line: number): Sums {
  const sum = sums.get(line) ?? new Map<string, number>();
  sums.set(line, sum);
  return sum;
}

function bytesOf({ devices, host_bytes }: Sample): Map<string, number> {
  return new Map([[HOST, host_bytes], ...Object.entries(devices ?? {})]);
}

/**
 * The first line of the outermost loop that a line stands in, for each line of a loop that has
 * more than one. By indentation: Python's own parser is far away.
 */
function loopsOf(lines: readonly string[]): Map<number, number> {
  const loops = new Map<number, number>();
  let first = 0;
  let depth = 0;
  lines.forEach((text, index) => {
    const code = text.trim();
    if (code === '' || code.startsWith('#')) {
      return;
    }
    const indent = text.length - text.trimStart().length;
    // A bracket that is closed does not end a block, nor does `else` end its loop.
    if (first > 0 && indent <= depth && !/^([)\]}]|else\b)/.test(code)) {
      first = 0;
    }
    if (first > 0) {
      loops.set(first, first).set(index + 1, first);
    } else if (/^(async\s+)?(for|while)\b/.test(code)) {
      first = index + 1;
      depth = indent;
    }
  });
  return loops;
}
