/** How a reader goes through the session's timeline: by keys, by the pointer, by the wheel. */
import * as React from 'react';

import type { CellRecord } from '../record/_session';
import { LEFT } from './lanes';
import type { IAxis } from './reading';
import { tellingPlace } from './reading';
import type { Zoom } from './zoom';
import { ALL, anchored, around, clamped, showing } from './zoom';
import { FACTOR } from './zoom-buttons';

/** Pixels of the wheel for an enlargement by e. */
const WHEEL = 300;
/** Pixels of the screen that the crosshair goes with a key. */
const STEP = 8;

/** Where the reader is. */
export interface IMoves {
  readonly zoom: Zoom;
  readonly setZoom: (zoom: Zoom) => void;
  /** The run that the keyboard is at; -1: none. */
  readonly cursor: number;
  /** Where the crosshair is, as a share of the whole axis; `null`: nowhere. */
  readonly at: number | null;
  /** What keys have gone to last: a run, or a moment; `null`: the pointer was moved since. */
  readonly goal: 'run' | 'moment' | null;
  readonly onKeyDown: (event: React.KeyboardEvent) => void;
  readonly onWheel: (delta: number, x: number) => void;
  /** The pointer is so many pixels from the left; `null`: it has left. */
  readonly onPoint: (x: number | null) => void;
  /** Tells the place of the axis at so many pixels from the left, if it is on it. */
  readonly onPick: (x: number, tell: (place: number) => void) => void;
  /** A part of the axis was dragged over, in its pixels. */
  readonly onDrag: (range: [number, number]) => void;
  readonly leave: () => void;
}

export function useMoves(
  records: readonly CellRecord[],
  selected: number,
  axis: React.RefObject<IAxis>,
  open: (index: number) => void
): IMoves {
  const [zoom, setZoom] = React.useState<Zoom>(ALL);
  const [cursor, setCursor] = React.useState(-1);
  const [at, setAt] = React.useState<number | null>(null);
  const [goal, setGoal] = React.useState<IMoves['goal']>(null);
  const last = records.length - 1;
  const drawn = () => axis.current!;
  const cross = (share: number | null, goal: IMoves['goal']) => {
    setAt(share);
    setGoal(goal);
  };
  const shareAt = (x: number) => {
    const share = Math.min(1, Math.max(0, (x - LEFT) / drawn().width));
    return zoom[0] + share * (zoom[1] - zoom[0]);
  };
  const isWithin = (x: number) => x >= LEFT && x <= LEFT + drawn().width;
  const enlarge = (factor: number) => {
    const { width, bands } = drawn();
    const band = bands[cursor];
    setZoom(
      around(zoom, factor, at ?? (band && (band.from + band.to) / 2 / width))
    );
  };
  const moveTo = (index: number) => {
    const { width, bands } = drawn();
    const band = bands[index];
    setCursor(index);
    cross(band ? tellingPlace(index, drawn()) / width : null, 'run');
    if (band) {
      setZoom(showing(zoom, [band.from / width, band.to / width]));
    }
  };
  const step = (direction: number) => {
    const size = ((zoom[1] - zoom[0]) * STEP) / drawn().width;
    const from = at ?? (direction > 0 ? zoom[0] : zoom[1]);
    const to = Math.min(1, Math.max(0, from + direction * size));
    cross(to, 'moment');
    setZoom(showing(zoom, [to, to]));
  };
  const leave = () => {
    setCursor(-1);
    cross(null, null);
  };
  const onKeyDown = (event: React.KeyboardEvent) => {
    const here = cursor < 0 ? (selected < 0 ? last + 1 : selected) : cursor;
    const actions: Record<string, () => void> = event.shiftKey
      ? { ArrowLeft: () => step(-1), ArrowRight: () => step(1) }
      : {
          ArrowLeft: () => moveTo(Math.max(0, here - 1)),
          ArrowRight: () => moveTo(Math.min(last, here + 1)),
          Home: () => moveTo(0),
          End: () => moveTo(last),
          Enter: () => open(cursor)
        };
    Object.assign(actions, {
      Escape: leave,
      '+': () => enlarge(FACTOR),
      '-': () => enlarge(1 / FACTOR),
      '0': () => setZoom(ALL)
    });
    const { key, ctrlKey, metaKey, altKey } = event;
    if (!ctrlKey && !metaKey && !altKey && key in actions && last >= 0) {
      event.preventDefault();
      event.stopPropagation();
      actions[key]();
    }
  };
  return {
    zoom,
    setZoom,
    cursor,
    at,
    goal,
    onKeyDown,
    onWheel: (delta, x) =>
      setZoom(anchored(zoom, Math.exp(-delta / WHEEL), shareAt(x))),
    onPoint: x => cross(x !== null && isWithin(x) ? shareAt(x) : null, null),
    onPick: (x, tell) => {
      if (isWithin(x)) {
        tell(shareAt(x) * drawn().width);
      }
    },
    onDrag: ([from, to]) => {
      const { width } = drawn();
      setZoom(clamped([from / width, to / width]));
    },
    leave
  };
}
