import type { IPanelState } from '../views/state';

/** What there is to show without a notebook. */
export const NO_NOTEBOOK: IPanelState = {
  connection: { kind: 'none', reason: 'no-notebook' },
  session: null,
  running: null,
  selected: null,
  stale: new Set()
};
