/** What React does not know of has to be made ready for paper by hand. */
import * as React from 'react';

/** Width that charts may have on paper, in pixels: A4 and letter less their margins. */
const WIDTH = 660;

/**
 * While the document is printed, open its folded parts (closed they would say nothing) and make
 * charts as narrow as the paper is; afterwards all is as it was.
 */
export function usePaper(
  ref: React.RefObject<HTMLElement>,
  printing: boolean
): void {
  React.useLayoutEffect(() => {
    const element = ref.current;
    if (!printing || !element) {
      return;
    }
    const folded = [
      ...element.querySelectorAll<HTMLDetailsElement>(
        'details:not([open], .jp-Torchprof-cell)'
      )
    ];
    for (const details of folded) {
      details.open = true;
    }
    const charts = [
      ...element.querySelectorAll<HTMLElement>('.jp-Torchprof-chart')
    ].filter(({ clientWidth }) => clientWidth > WIDTH);
    for (const chart of charts) {
      chart.style.setProperty('zoom', String(WIDTH / chart.clientWidth));
    }
    return () => {
      for (const details of folded) {
        details.open = false;
      }
      for (const chart of charts) {
        chart.style.removeProperty('zoom');
      }
    };
  }, [ref, printing]);
}
