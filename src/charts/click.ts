/** Clicks on charts. */
import type * as React from 'react';

/** Pixels that the pointer may go between press and release; farther is a drag for plotly.js, too. */
const STILL = 8;

/**
 * Tell where the pointer is released that was pressed, in pixels from the left of the element,
 * unless it was dragged meanwhile. The click itself goes to what plotly.js covers the page with.
 */
export function onClickOf(
  { clientX, clientY, currentTarget }: React.MouseEvent,
  tell: (x: number) => void
): void {
  const { left } = currentTarget.getBoundingClientRect();
  document.addEventListener(
    'mouseup',
    event => {
      const [right, down] = [event.clientX - clientX, event.clientY - clientY];
      if (Math.hypot(right, down) < STILL) {
        tell(clientX - left);
      }
    },
    { capture: true, once: true }
  );
}
