/** Lists of any length: only the rows in view are in the page. */
import * as React from 'react';

/** Rows beyond each edge, so that a quick scroll finds them drawn. */
const BEYOND = 6;
/** Pixels that are taken to be in view until the page has been laid out. */
const UNKNOWN_HEIGHT = 600;

/** Rows `first` to `last` (exclusive) are to be in the page. */
export interface IRange {
  readonly first: number;
  readonly last: number;
}

/**
 * The rows of a scrolling element that are in view, for rows of one height.
 *
 * @param ref - the element that scrolls
 * @param count - number of rows
 * @param rowHeight - pixels
 */
export function useRowsInView(
  ref: React.RefObject<HTMLElement>,
  count: number,
  rowHeight: number
): IRange {
  // In rows and not in pixels, so that most scroll events change nothing.
  const [view, setView] = React.useState({
    top: 0,
    rows: Math.ceil(UNKNOWN_HEIGHT / rowHeight)
  });
  React.useLayoutEffect(() => {
    const element = ref.current;
    if (!element) {
      return;
    }
    const measure = () => {
      const top = Math.floor(element.scrollTop / rowHeight);
      const height = element.clientHeight || UNKNOWN_HEIGHT;
      const rows = Math.ceil(height / rowHeight) + 1;
      setView(old =>
        old.top === top && old.rows === rows ? old : { top, rows }
      );
    };
    measure();
    element.addEventListener('scroll', measure, { passive: true });
    const observer =
      typeof ResizeObserver === 'undefined'
        ? null
        : new ResizeObserver(measure);
    observer?.observe(element);
    return () => {
      element.removeEventListener('scroll', measure);
      observer?.disconnect();
    };
  }, [ref, rowHeight]);
  const first = Math.max(0, Math.min(view.top, count - view.rows) - BEYOND);
  return { first, last: Math.min(count, view.top + view.rows + BEYOND) };
}

/** Scroll an element just as far as it takes to have the row in view. */
export function scrollToRow(
  element: HTMLElement,
  index: number,
  rowHeight: number
): void {
  const top = index * rowHeight;
  const bottom = top + rowHeight;
  if (top < element.scrollTop) {
    element.scrollTop = top;
  } else if (bottom > element.scrollTop + element.clientHeight) {
    element.scrollTop = bottom - element.clientHeight;
  }
}
