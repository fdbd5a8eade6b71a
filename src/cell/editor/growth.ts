/** Which line, or loop, memory grew in, as far as samples prove it. Pure: knows no editor. */
import type { CellRecord, Sample } from '../../record/_session';
import { HOST } from '../../record/derive';

/** Growth below this is the noise of an interpreter at work. Bytes. */
const NOISE = 1 << 20;
/** Characters of a source that are looked at. */
const LOOKED_AT = 200_000;

/** Growth of the memory of one device. */
export interface IGrowth {
  /** PyTorch's name, or `host`. */
  readonly device: string;
  readonly bytes: number;
  /** Of the loop that begins in the line. */
  readonly inLoop: boolean;
}

/**
 * Growth by line: between samples that follow each other in it. Two samples in one line of a loop
 * may belong to two of its passes, with the other lines between them: what grew there can be said
 * of the loop as a whole only, and stands with its first line.
 */
export function growthByLine(record: CellRecord): Map<number, IGrowth[]> {
  const loops = loopsOf(record.source);
  const sums = new Map<number, Map<string, number>>();
  let before: Sample | null = null;
  let place = 0;
  for (const sample of record.samples ?? []) {
    const { line } = sample;
    const now = typeof line === 'number' ? (loops.get(line) ?? line) : 0;
    if (before && now > 0 && now === place) {
      const sum = sums.get(now) ?? new Map<string, number>();
      sums.set(now, sum);
      const held = bytesOf(before);
      for (const [device, bytes] of bytesOf(sample)) {
        const grown = bytes - (held.get(device) ?? 0);
        sum.set(device, (sum.get(device) ?? 0) + grown);
      }
    }
    before = sample;
    place = now;
  }
  return new Map(
    [...sums].map(([line, sum]) => [
      line,
      [...sum]
        .filter(
          ([, bytes]) => Number.isFinite(bytes) && Math.abs(bytes) >= NOISE
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

function bytesOf({ devices, host_bytes }: Sample): Map<string, number> {
  return new Map([[HOST, host_bytes], ...Object.entries(devices ?? {})]);
}

/**
 * The first line of the outermost loop that a line stands in, for each line of a loop that has
 * more than one. By indentation: Python's own parser is far away.
 */
function loopsOf(source: string): Map<number, number> {
  const loops = new Map<number, number>();
  let first = 0;
  let depth = 0;
  source
    .slice(0, LOOKED_AT)
    .split('\n')
    .forEach((text, index) => {
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
