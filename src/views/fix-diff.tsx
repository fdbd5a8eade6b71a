import * as React from 'react';

import { EditError } from '../fixes/edits';
import { fixDiff } from './diff';
import { DiffLines } from './diff-lines';
import { Prose } from './text';
import type { Fix } from '../record/_session';
import type { ITranslate } from './state';

/** What a fix changes, cell by cell, where there is no preview to open. */
export function FixDiff(props: {
  fix: Fix;
  /** The source that ran with this hash; `null` if it is not at hand. */
  sourceOf: (hash: string) => string | null;
  trans: ITranslate;
}): JSX.Element {
  const { fix } = props;
  const hashes = [...new Set(fix.edits.map(edit => edit.source_hash))];
  return (
    <figure className="jp-Torchprof-fix">
      <figcaption>
        <Prose text={fix.title} length={300} />
      </figcaption>
      {hashes.slice(0, 10).map(hash => (
        <CellDiff key={hash} hash={hash} {...props} />
      ))}
    </figure>
  );
}

function CellDiff(
  props: { hash: string } & React.ComponentProps<typeof FixDiff>
): JSX.Element {
  const { hash, fix, sourceOf, trans } = props;
  const source = sourceOf(hash);
  if (source === null) {
    return (
      <p className="jp-Torchprof-muted">
        {trans.__('The cell that it changes is not part of this document.')}
      </p>
    );
  }
  try {
    return <DiffLines lines={fixDiff(source, hash, fix)} trans={trans} />;
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
