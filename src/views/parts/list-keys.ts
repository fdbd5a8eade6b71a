/** The keyboard of lists and trees, as the ARIA practices have it. */
import * as React from 'react';

/** Milliseconds after which a typed letter begins another word. */
const TYPING = 700;

/**
 * Where a key moves the focus in a list, or `null` if it does not.
 *
 * @param page - rows that PageUp and PageDown move by
 */
export function targetOfKey(
  key: string,
  current: number,
  count: number,
  page: number
): number | null {
  const last = count - 1;
  switch (key) {
    case 'ArrowDown':
      return Math.min(last, current + 1);
    case 'ArrowUp':
      return Math.max(0, current - 1);
    case 'PageDown':
      return Math.min(last, current + page);
    case 'PageUp':
      return Math.max(0, current - page);
    case 'Home':
      return 0;
    case 'End':
      return last;
    default:
      return null;
  }
}

/** Whether the label of a row begins with this text, which is in lower case. */
export type Begins = (index: number, text: string) => boolean;

/** Finds the row that begins with what is being typed: letter after letter, or one letter again. */
export function useTypeahead(): (
  event: React.KeyboardEvent,
  current: number,
  count: number,
  begins: Begins
) => number | null {
  const typed = React.useRef({ text: '', at: -Infinity });
  return React.useCallback((event, current, count, begins) => {
    const { key } = event;
    const now = performance.now();
    const going = now - typed.current.at < TYPING;
    if (
      key.length !== 1 ||
      event.ctrlKey ||
      event.metaKey ||
      event.altKey ||
      // A space chooses, unless it stands within what is typed.
      (key === ' ' && !going)
    ) {
      return null;
    }
    const text = (going ? typed.current.text : '') + key.toLowerCase();
    typed.current = { text, at: now };
    const again = [...text].every(letter => letter === text[0]);
    const wanted = again ? text[0] : text;
    for (let step = again ? 1 : 0; step <= count; step++) {
      const index = (current + step) % count;
      if (begins(index, wanted)) {
        return index;
      }
    }
    // Nothing begins so: the key is used up all the same.
    return current;
  }, []);
}
