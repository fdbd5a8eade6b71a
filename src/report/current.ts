import * as React from 'react';

/**
 * The part of the window in which what is read begins: its upper third, less the edge at which the
 * end of what stands before is still seen.
 */
const READING = '-16px 0px -70% 0px';

/**
 * The address of what is being read: of the marked places (`[id]` that `selector` finds) the last
 * that begins in the upper part of the window, or above it.
 */
export function useCurrent(selector: string): string | null {
  const [current, setCurrent] = React.useState<string | null>(null);
  React.useEffect(() => {
    if (typeof IntersectionObserver === 'undefined') {
      return;
    }
    const places = [...document.querySelectorAll(selector)];
    const seen = new Set<Element>();
    const observer = new IntersectionObserver(
      entries => {
        for (const { target, isIntersecting } of entries) {
          if (isIntersecting) {
            seen.add(target);
          } else {
            seen.delete(target);
          }
        }
        // A cell stands within its chapter: the innermost place is the answer.
        const innermost = places.filter(
          place =>
            seen.has(place) &&
            ![...seen].some(other => other !== place && place.contains(other))
        );
        setCurrent(innermost[0]?.id ?? null);
      },
      { rootMargin: READING }
    );
    for (const place of places) {
      observer.observe(place);
    }
    return () => observer.disconnect();
  }, [selector]);
  return current;
}
