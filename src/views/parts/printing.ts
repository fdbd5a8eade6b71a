/** Paper shows what a click would open. */
import * as React from 'react';
import { flushSync } from 'react-dom';

/** Whether the document is being printed; views that fold things open them then. */
export const Printing = React.createContext(false);

/** Whether the document is being printed, true before the browser lays the pages out. */
export function usePrinting(): boolean {
  const [printing, setPrinting] = React.useState(false);
  React.useEffect(() => {
    // The pages are laid out right after this event: nothing may wait for a later moment.
    const begin = () => flushSync(() => setPrinting(true));
    const end = () => setPrinting(false);
    window.addEventListener('beforeprint', begin);
    window.addEventListener('afterprint', end);
    return () => {
      window.removeEventListener('beforeprint', begin);
      window.removeEventListener('afterprint', end);
    };
  }, []);
  return printing;
}
