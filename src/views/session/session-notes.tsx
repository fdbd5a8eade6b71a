import * as React from 'react';

import type { Session } from '../../record/_session';
import type { ITranslate } from '../state';

/** What there is to know about what is shown: what was not measured, and what is not kept. */
export function SessionNotes(props: {
  session: Session;
  /** Runs that are kept at most. Absent: all. */
  history?: number;
  trans: ITranslate;
}): JSX.Element | null {
  const { session, history, trans } = props;
  const runs = (session.cells ?? []).length;
  const notes: string[] = [];
  if (runs > 0 && !session.environment.torch && !hasPlacement(session)) {
    notes.push(
      trans.__(
        'PyTorch is not imported yet: time and host memory are measured; tensors, devices and advice follow when a cell imports it.'
      )
    );
  }
  if (history !== undefined && runs >= history) {
    notes.push(
      trans._n(
        'Only the last run is kept; the settings of the profiler can keep more.',
        'Only the last %1 runs are kept; the settings of the profiler can keep more.',
        history
      )
    );
  }
  return notes.length === 0 ? null : (
    <>
      {notes.map(note => (
        <p key={note} className="jp-Torchprof-note">
          {note}
        </p>
      ))}
    </>
  );
}

/** The environment is sent with a session only; a record may know of PyTorch before it. */
function hasPlacement({ cells = [] }: Session): boolean {
  return Boolean(cells[cells.length - 1]?.placement);
}
