import * as React from 'react';

import { EditError } from '../../fixes/edits';
import { fixDiff } from '../parts/diff';
import { DiffLines } from '../parts/diff-lines';
import { Prose } from '../parts/text';
import { cellTitle } from './where';
import type { Fix, Session, TextEdit } from '../../record/_session';
import type { ITranslate } from '../state';

/** Cells shown at most. */
const CELLS = 10;

/** What a fix changes, cell by cell, where there is no preview to open. */
export function FixDiff(props: {
  fix: Fix;
  /** Has the sources that ran. */
  session: Session;
  /** The cell that the fix is shown at: its diff alone needs no heading. */
  cellId: string | null;
  trans: ITranslate;
}): JSX.Element {
  const { fix, session, cellId, trans } = props;
  const cells = editsByCell(fix);
  return (
    <figure className="jp-Torchprof-fix">
      <figcaption>
        <Prose text={fix.title} length={300} />
      </figcaption>
      {cells.slice(0, CELLS).map((edits, index) => (
        <React.Fragment key={index}>
          {(cells.length > 1 || edits[0].cell_id !== cellId) && (
            <p className="jp-Torchprof-muted">
              {cellTitle(session, edits[0].cell_id, trans)}
            </p>
          )}
          <CellDiff edits={edits} session={session} trans={trans} />
        </React.Fragment>
      ))}
    </figure>
  );
}

/** The edits of each cell; two cells may have the same source. */
function editsByCell(fix: Fix): TextEdit[][] {
  const cells = new Map<string, TextEdit[]>();
  for (const edit of fix.edits) {
    const key = JSON.stringify([edit.cell_id, edit.source_hash]);
    const edits = cells.get(key) ?? [];
    edits.push(edit);
    cells.set(key, edits);
  }
  return [...cells.values()];
}

function CellDiff(props: {
  edits: readonly TextEdit[];
  session: Session;
  trans: ITranslate;
}): JSX.Element {
  const { edits, session, trans } = props;
  const hash = edits[0].source_hash;
  const source = (session.cells ?? []).find(
    other => other.source_hash === hash
  )?.source;
  if (source === undefined) {
    return (
      <p className="jp-Torchprof-muted">
        {trans.__('The cell that it changes is not part of this document.')}
      </p>
    );
  }
  try {
    return <DiffLines lines={fixDiff(source, edits)} trans={trans} />;
  } catch (error) {
    if (!(error instanceof EditError)) {
      throw error;
    }
    return (
      <p className="jp-Torchprof-muted">
        {trans.__('Its changes do not fit the source that ran.')}
      </p>
    );
  }
}
