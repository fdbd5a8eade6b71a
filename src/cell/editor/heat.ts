/** What the samples of a run can honestly say of its lines. Pure: knows no editor. */
import type { CellRecord } from '../../record/_session';
import { HOST, isOneLine } from '../../record/derive';
import { hottest } from '../../record/hottest';
import {
  NOISE_LOOKS,
  SHARE_LOOKS,
  lineCosts,
  lineOf,
  placeTree
} from '../../record/places';
import type { IGrowth } from './growth';
import { growthByLine } from './growth';

/**
 * The fewest looks at a run from which a share is said; the 10 from which the panel names a line at
 * all would not do.
 */
export const ENOUGH_SAMPLES = SHARE_LOOKS;
/**
 * The fewest looks that met a line. A line of a hundredth of the time is met once in 20 looks with
 * a chance of 18 %, three times with one of 0.1 %.
 */
export const ENOUGH_IN_LINE = NOISE_LOOKS;
/** Lines that are drawn; a stranger's record may hold any number. */
const LINES = 1000;
/** Shares from which a line has the next of four levels. */
const LEVELS = [0.1, 0.25, 0.5];
/** The least share of the hottest line that is worth saying without being asked. */
const TELLING = 0.3;

/** From none to more than half. */
export type Level = 0 | 1 | 2 | 3 | 4;

/** What is known of one line. */
export interface ILineHeat {
  /** Line of the text, from one. */
  readonly line: number;
  /** Share of the run's time that was spent in it or in what it called, 0 to 1. */
  readonly share: number;
  /** 0: too few samples for a share. */
  readonly level: Level;
  /** Looks that met the run in the line. */
  readonly samples: number;
  /** Looks at the run. */
  readonly total: number;
  /** Duration of the run. */
  readonly seconds: number;
  /** The run, if it was another cell's that called what stands here; `null`: the cell's own. */
  readonly by: CellRecord | null;
  /** Memory that grew or shrank by more than noise; the first is the most telling. */
  readonly growth: readonly IGrowth[];
  /** Share of what all lines together made one device's memory grow by. */
  readonly growthLevel: Level;
  /** It has more of the run's time than any other line, and enough for that to be said. */
  readonly isHottest?: boolean;
}

/**
 * The lines of a text of which a run has something to say, in their order.
 *
 * @param text - the run that had this text: the same one, or one whose functions it called
 */
export function lineHeat(
  record: CellRecord,
  text: CellRecord = record
): ILineHeat[] {
  const { looks: total } = placeTree(record);
  const isOwn = record.source_hash === text.source_hash;
  if (total < ENOUGH_SAMPLES || (isOwn && isOneLine(text.source))) {
    // Of one line everybody knows that it took all the time.
    return [];
  }
  const costs = lineCosts(record, text.source_hash);
  const growth = growthByLine(record, text, costs);
  const most = hottestLine(record, text);
  const growthShare = growthShares(growth);
  return [...new Set([...costs.keys(), ...growth.keys()])]
    .sort((a, b) => a - b)
    .slice(0, LINES)
    .map(line => {
      const samples = costs.get(line)?.looks ?? 0;
      const share = samples / total;
      const of = growth.get(line) ?? [];
      return {
        line,
        share,
        level: levelOf(samples >= ENOUGH_IN_LINE ? share : 0),
        samples,
        total,
        seconds: record.duration_s,
        by: isOwn ? null : record,
        growth: of,
        growthLevel: levelOf(growthShare(line)),
        isHottest: line === most && share >= TELLING
      };
    })
    .filter(({ level, growthLevel }) => level > 0 || growthLevel > 0);
}

/** The innermost line with most of the time, if it is one of this text; else `null`. */
function hottestLine(record: CellRecord, text: CellRecord): number | null {
  const place = hottest(record)?.node.place;
  return place?.kind === 'cell' && place.source_hash === text.source_hash
    ? lineOf(place)
    : null;
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

/**
 * The share that a line has of what all lines made memory grow by: of the accelerator of which it
 * has most. The host's memory counts where no accelerator's grew: beside gigabytes there, the few
 * megabytes that come with each first call would look as large.
 */
function growthShares(
  growth: ReadonlyMap<number, readonly IGrowth[]>
): (line: number) => number {
  const grown = new Map<string, number>();
  for (const { device, bytes } of [...growth.values()].flat()) {
    if (bytes > 0) {
      grown.set(device, (grown.get(device) ?? 0) + bytes);
    }
  }
  const isOnDevice = [...grown.keys()].some(device => device !== HOST);
  return line =>
    Math.max(
      0,
      ...(growth.get(line) ?? [])
        .filter(({ device }) => !isOnDevice || device !== HOST)
        .map(({ device, bytes }) => bytes / (grown.get(device) ?? Infinity))
    );
}

function levelOf(share: number): Level {
  if (!(share > 0)) {
    return 0;
  }
  return (1 + LEVELS.filter(bound => share >= bound).length) as Level;
}
