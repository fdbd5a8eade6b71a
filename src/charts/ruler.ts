/**
 * What the timeline's axis says: the time within each run, since pauses between them are cut; and
 * the names of the runs. Pure.
 */
import type { CellRecord, CellStarted } from '../record/_session';
import { formatDuration } from '../record/units';
import { runLabel } from '../views/parts/run-label';
import type { IBand } from './bands';
import { xOf } from './bands';
import { RIGHT } from './lanes';
import { isPause } from './scales';

/** A word on the axis, in the axis' own pixels. */
export interface IMark {
  readonly x: number;
  readonly text: string;
}

/** The name of a run, above its band. */
export interface IRunMark extends IMark {
  /** How it ended, if not well. */
  readonly failed: 'error' | 'interrupted' | null;
}

/** The part of an axis that is shown. */
export interface IView {
  readonly bands: readonly IBand[];
  readonly range: readonly [number, number];
  /** Pixels that it takes on the screen. */
  readonly width: number;
}

/** Pixels of a letter at most, at the size that the axis is written in. */
const LETTER = 5.8;
/** Pixels between two words. */
const APART = 6;
/** Pixels of an axis below which words stand further apart, and what others say, too, is left out. */
export const NARROW = 220;
/** Pixels of a pause from which a sign of it can be told. */
const PAUSE_SIGN = 3;
/** Signs of runs that failed, beside their colour. */
export const FAILED = { error: '×', interrupted: '■' } as const;
/** Seconds between ticks, at least; larger ones are hours and days. */
const SECONDS = [
  1e-3, 2e-3, 5e-3, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 60,
  120, 300, 600, 1200, 1800, 3600, 7200, 14_400, 28_800, 86_400
];

/**
 * Ticks of each run that has room for one: the time since it began, in round numbers, or its end
 * where there is room for nothing else.
 */
export function timeTicks(view: IView): IMark[] {
  const { range, width } = view;
  const zoom = zoomOf(range, width);
  const apart = width < NARROW ? 3 * APART : APART;
  let free = -Infinity;
  return ticksOfRuns(view).filter(mark => {
    const [x, half] = [(mark.x - range[0]) * zoom, widthOf(mark.text) / 2];
    const fits = x - half >= free && x + half <= width + RIGHT;
    free = fits ? x + half + apart : free;
    return fits;
  });
}

function ticksOfRuns({ bands, range, width }: IView): IMark[] {
  const zoom = zoomOf(range, width);
  return bands.flatMap(band => {
    const size = (band.to - band.from) * zoom;
    if (size < 2 * APART || band.to < range[0] || band.from > range[1]) {
      return [];
    }
    const perSecond = band.duration > 0 ? size / band.duration : 0;
    const step = SECONDS.find(
      step => step * perSecond >= widthOf(longest(step, band.duration)) + APART
    );
    if (step === undefined || step > band.duration) {
      const text = formatDuration(band.duration);
      return band.duration > 0 &&
        band.to <= range[1] &&
        size >= widthOf(text) + APART
        ? [{ x: band.to, text }]
        : [];
    }
    const ticks: IMark[] = [];
    // Only those in view: a run of days that is enlarged has any number.
    const first = Math.max(
      1,
      Math.floor(((range[0] - band.from) * zoom) / perSecond / step)
    );
    for (let count = first; count * step <= band.duration; count++) {
      const x = xOf(band, count * step);
      if (x > range[1]) {
        break;
      }
      if (x >= range[0]) {
        ticks.push({ x, text: formatDuration(count * step) });
      }
    }
    return ticks;
  });
}

/** Names of the runs, as many as have room; those that failed come first. */
export function runMarks(
  runs: readonly (CellRecord | CellStarted)[],
  { bands, range, width }: IView
): IRunMark[] {
  const zoom = zoomOf(range, width);
  const taken: [number, number][] = [];
  const place = (middle: number, text: string): number | null => {
    const half = widthOf(text) / 2;
    const x = Math.min(width - half, Math.max(half, middle));
    const [from, to] = [x - half - APART / 2, x + half + APART / 2];
    if (taken.some(([a, b]) => a < to && from < b)) {
      return null;
    }
    taken.push([from, to]);
    return x;
  };
  const marks: IRunMark[] = [];
  const add = (index: number) => {
    const [run, band] = [runs[index], bands[index]];
    const [from, to] = [
      Math.max(0, (band.from - range[0]) * zoom),
      Math.min(width, (band.to - range[0]) * zoom)
    ];
    if (to <= 0 || from >= width) {
      return;
    }
    const failed = failureOf(run);
    const name = `${failed ? `${FAILED[failed]} ` : ''}${runLabel(run)}`;
    const forms = [
      ...('duration_s' in run
        ? [`${name} ${formatDuration(run.duration_s)}`].filter(
            text => widthOf(text) <= to - from
          )
        : []),
      name,
      ...(failed ? [FAILED[failed]] : [])
    ];
    for (const text of forms) {
      const x = place((from + to) / 2, text);
      if (x !== null) {
        marks.push({ x: range[0] + x / zoom, text, failed });
        return;
      }
    }
  };
  const indices = bands.map((_, index) => index);
  indices.filter(index => failureOf(runs[index])).forEach(add);
  indices.filter(index => !failureOf(runs[index])).forEach(add);
  return marks;
}

/** The middles of pauses that were cut, where they can be told. */
export function pauseMarks({ bands, range, width }: IView): number[] {
  const zoom = zoomOf(range, width);
  return bands.flatMap((band, index) => {
    const before = bands[index - 1];
    const middle = before ? (before.to + band.from) / 2 : -1;
    return before &&
      isPause(before, band) &&
      (band.from - before.to) * zoom >= PAUSE_SIGN &&
      middle >= range[0] &&
      middle <= range[1]
      ? [middle]
      : [];
  });
}

/** How a run ended that did not end well. */
export function failureOf(
  run: CellRecord | CellStarted
): 'error' | 'interrupted' | null {
  return 'status' in run && run.status !== 'ok' ? run.status : null;
}

/** Pixels that a word takes at most. */
export function widthOf(text: string): number {
  // Marks of direction take no room.
  return LETTER * text.replace(/[\u2066-\u2069]/g, '').length;
}

/** Pixels of the screen for one of the axis. */
function zoomOf([from, to]: readonly [number, number], width: number): number {
  return width / Math.max(1e-9, to - from);
}

/** The longest word that ticks of this step have. */
function longest(step: number, duration: number): string {
  const last = formatDuration(Math.floor(duration / step) * step);
  const between = formatDuration(Math.floor(duration / step - 1) * step);
  return last.length >= between.length ? last : between;
}
