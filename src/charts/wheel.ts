import * as React from 'react';

/** Pixels for wheels that count lines. */
const LINE = 16;

/**
 * The wheel with Ctrl, which is also two fingers that spread on a touchpad: without it the panel
 * scrolls.
 *
 * @param turn - is told pixels of the wheel, and where, in pixels from the left
 */
export function useCtrlWheel(
  turn: (delta: number, x: number) => void
): React.RefObject<HTMLDivElement> {
  const ref = React.useRef<HTMLDivElement>(null);
  const latest = React.useRef(turn);
  React.useEffect(() => {
    latest.current = turn;
  });
  React.useEffect(() => {
    const element = ref.current;
    const onWheel = (event: WheelEvent) => {
      if (element && (event.ctrlKey || event.metaKey)) {
        // The browser would enlarge the whole page.
        event.preventDefault();
        latest.current(
          event.deltaY * (event.deltaMode === 0 ? 1 : LINE),
          event.clientX - element.getBoundingClientRect().left
        );
      }
    };
    // React's own listeners are passive, and may not prevent anything.
    element?.addEventListener('wheel', onWheel, { passive: false });
    return () => element?.removeEventListener('wheel', onWheel);
  }, []);
  return ref;
}
