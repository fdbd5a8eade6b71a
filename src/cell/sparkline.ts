/** How long the last runs of a cell took, drawn as small bars, and in words. */
import type { CellRecord } from '../record/_session';
import { formatDuration } from '../record/units';
import type { ITranslate } from '../views/state';

/** Pixels. */
const HEIGHT = 10;
const BAR = 3;
const STEP = 4;
const SVG = 'http://www.w3.org/2000/svg';

/** A bar per run, oldest first, from zero; `null` for fewer than two runs. */
export function sparkline(runs: readonly CellRecord[]): SVGSVGElement | null {
  if (runs.length < 2) {
    return null;
  }
  const width = STEP * runs.length - (STEP - BAR);
  const longest = Math.max(...runs.map(durationOf));
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('width', String(width));
  svg.setAttribute('height', String(HEIGHT));
  svg.setAttribute('viewBox', `0 0 ${width} ${HEIGHT}`);
  svg.setAttribute('aria-hidden', 'true');
  svg.setAttribute('focusable', 'false');
  runs.forEach((run, index) => {
    const share = longest > 0 ? durationOf(run) / longest : 0;
    // What took next to nothing is still a run.
    const height = Math.max(1, Math.round(share * HEIGHT));
    const bar = document.createElementNS(SVG, 'rect');
    // Failed runs are hollow: half a pixel of their outline lies on either side of the edge.
    const inset = run.status === 'ok' ? 0 : 0.5;
    bar.setAttribute('x', String(index * STEP + inset));
    bar.setAttribute('y', String(HEIGHT - height + inset));
    bar.setAttribute('width', String(BAR - 2 * inset));
    bar.setAttribute('height', String(height - 2 * inset));
    if (run.status !== 'ok') {
      bar.setAttribute('class', 'jp-mod-failed');
    } else if (index === runs.length - 1) {
      bar.setAttribute('class', 'jp-mod-last');
    }
    svg.append(bar);
  });
  return svg;
}

/** `"last 8 runs between 1.2 s and 3.4 s"`; empty for fewer than two runs. */
export function sparklineWords(
  runs: readonly CellRecord[],
  trans: ITranslate
): string {
  if (runs.length < 2) {
    return '';
  }
  const durations = runs.map(durationOf);
  const least = formatDuration(Math.min(...durations));
  const most = formatDuration(Math.max(...durations));
  return least === most
    ? trans.__('last %1 runs %2 each', runs.length, least)
    : trans.__('last %1 runs between %2 and %3', runs.length, least, most);
}

/** Seconds; records of strangers may hold anything. */
function durationOf({ duration_s }: CellRecord): number {
  return Number.isFinite(duration_s) ? Math.max(0, duration_s) : 0;
}
