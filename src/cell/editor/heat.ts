/** What the samples of a run can honestly say of its lines. Pure: knows no editor. */
import type { CellRecord } from '../../record/_session';
import type { IGrowth } from './growth';
import { growthByLine } from './growth';

/**
 * The fewest samples of a cell from which a share is said. The share of a line is an estimate
 * whose standard error is `sqrt(p (1 - p) / n)`: with 20 samples (two seconds at ten a second) at
 * most 11 percentage points, so a line of half the time is told apart from one of a quarter. With
 * the 10 samples from which the kernel tells lines at all it would not be.
 */
export const ENOUGH_SAMPLES = 20;
/**
 * The fewest samples of a line. A line of a hundredth of the time is met once in 20 samples with a
 * chance of 18 %, three times with one of 0.1 %.
 */
export const ENOUGH_IN_LINE = 3;
/** Lines that are drawn; a stranger's record may hold any number. */
const LINES = 1000;
/** Shares from which a line has the next of four levels. */
const LEVELS = [0.1, 0.25, 0.5];

/** From none to more than half. */
export type Level = 0 | 1 | 2 | 3 | 4;

/** What is known of one line. */
export interface ILineHeat {
  /** Line of the source that ran, from one. */
  readonly line: number;
  /** Share of the cell's time, 0 to 1. */
  readonly share: number;
  /** 0: too few samples for a share. */
  readonly level: Level;
  /** Samples that were taken in the line. */
  readonly samples: number;
  /** Samples of the cell. */
  readonly total: number;
  /** Duration of the cell. */
  readonly seconds: number;
  /** Memory that grew or shrank by more than noise; the first is the most telling. */
  readonly growth: readonly IGrowth[];
  /** Share of what all lines together grew by. */
  readonly growthLevel: Level;
}

/** The lines of which there is something to say, in their order. */
export function lineHeat(record: CellRecord): ILineHeat[] {
  const total = ticks(record);
  if (total < ENOUGH_SAMPLES || isOneLine(record.source)) {
    // Of one line everybody knows that it took all the time.
    return [];
  }
  const growth = growthByLine(record);
  const shares = new Map<number, number>();
  for (const { line, time_share } of (record.lines ?? []).slice(0, LINES)) {
    if (Number.isSafeInteger(line) && line >= 1) {
      shares.set(line, bounded(time_share));
    }
  }
  const grown = [...growth.values()].reduce((sum, of) => sum + largest(of), 0);
  return [...new Set([...shares.keys(), ...growth.keys()])]
    .sort((a, b) => a - b)
    .slice(0, LINES)
    .map(line => {
      const share = shares.get(line) ?? 0;
      const samples = Math.round(share * total);
      const of = growth.get(line) ?? [];
      return {
        line,
        share,
        level: levelOf(samples >= ENOUGH_IN_LINE ? share : 0),
        samples,
        total,
        seconds: record.duration_s,
        growth: of,
        growthLevel: levelOf(grown > 0 ? largest(of) / grown : 0)
      };
    })
    .filter(({ level, growthLevel }) => level > 0 || growthLevel > 0);
}

/** Between what the true share lies in 19 of 20 cases, by Wilson's interval. */
export function likelyShare(share: number, total: number): [number, number] {
  const z = 1.96;
  const shrink = 1 + (z * z) / total;
  const middle = share + (z * z) / (2 * total);
  const spread =
    z * Math.sqrt((share * (1 - share)) / total + (z / (2 * total)) ** 2);
  // Rounded, or the bound of a share of one would come out a hair below it.
  const bound = (value: number) =>
    Math.min(1, Math.max(0, Number((value / shrink).toFixed(9))));
  return [bound(middle - spread), bound(middle + spread)];
}

/** Samples that were taken: the first and last may be readings before and after the cell. */
function ticks({ samples = [], duration_s }: CellRecord): number {
  const first = samples[0];
  const last = samples[samples.length - 1];
  const isAdded = (line: number | null | undefined) => typeof line !== 'number';
  let count = samples.length;
  if (first?.t_s === 0 && isAdded(first.line)) {
    count -= 1;
  }
  if (count > 1 && last.t_s >= duration_s && isAdded(last.line)) {
    count -= 1;
  }
  return count;
}

function isOneLine(source: string): boolean {
  const code = source
    .slice(0, 100_000)
    .split('\n')
    .filter(line => !/^\s*(#|%%|$)/.test(line));
  return code.length < 2;
}

/** Bytes of the kind of memory that grew most; 0 if none did. */
function largest(growth: readonly IGrowth[]): number {
  return Math.max(0, ...growth.map(({ bytes }) => bytes));
}

function levelOf(share: number): Level {
  if (!(share > 0)) {
    return 0;
  }
  return (1 + LEVELS.filter(bound => share >= bound).length) as Level;
}

function bounded(share: number): number {
  return Number.isFinite(share) ? Math.min(1, Math.max(0, share)) : 0;
}
