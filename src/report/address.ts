import * as React from 'react';

/** Milliseconds in which charts are drawn after the page has loaded. */
const SETTLED = 1000;
/** What tells that the reader moves by themselves. */
const MOVES = ['wheel', 'touchstart', 'pointerdown', 'keydown'] as const;

/**
 * Show the place that the page's address names. The browser cannot: where it looks for the place
 * there is no report yet, and on a reload it restores how far was scrolled in a page in which other
 * cells were open. Until the page has loaded, and its charts are drawn, the place is kept in sight,
 * unless the reader moves.
 */
export function useAddress(): void {
  React.useLayoutEffect(() => {
    const id = window.location.hash.slice(1);
    const place = id ? document.getElementById(id) : null;
    if (!place) {
      return;
    }
    window.history.scrollRestoration = 'manual';
    const show = () => place.scrollIntoView({ behavior: 'instant' });
    // Called at once, and whenever something above has come to its size.
    const observer = new ResizeObserver(show);
    observer.observe(document.body);
    show();
    const stop = () => {
      observer.disconnect();
      window.removeEventListener('load', loaded);
      window.removeEventListener('hashchange', stop);
      MOVES.forEach(event => window.removeEventListener(event, stop));
      window.clearTimeout(timer);
    };
    let timer: number | undefined;
    const loaded = () => {
      show();
      timer = window.setTimeout(stop, SETTLED);
    };
    window.addEventListener('hashchange', stop);
    MOVES.forEach(event => window.addEventListener(event, stop));
    if (document.readyState === 'complete') {
      loaded();
    } else {
      window.addEventListener('load', loaded);
    }
    return stop;
  }, []);
}
