import * as React from 'react';

import type { Session } from '../../record/_session';

/**
 * A session for what shows its runs and its devices only: the same object as long as those are the
 * same, whatever else is learnt, such as what holds memory now.
 */
export function useRuns(session: Session | null): Session | null {
  const kept = React.useRef(session);
  const { current } = kept;
  if (
    current?.cells !== session?.cells ||
    current?.environment !== session?.environment ||
    current?.notebook !== session?.notebook
  ) {
    kept.current = session;
  }
  return kept.current;
}
