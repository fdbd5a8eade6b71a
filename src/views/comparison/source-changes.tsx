import * as React from 'react';

import { lineDiff } from '../parts/diff';
import { DiffLines } from '../parts/diff-lines';
import { Group } from '../parts/section';
import type { CellRecord } from '../../record/_session';
import type { ITranslate } from '../state';

/** Draws two sources side by side, where a surface can do that. */
export type SourceDiff = React.ComponentType<{
  before: string;
  after: string;
}>;

/** Characters above which comparing would hold up the page. */
const CHARACTERS = 200_000;

/** What was changed in the cell. */
export function SourceChanges(props: {
  before: CellRecord;
  after: CellRecord;
  /** Side by side, with room for it; else line under line. */
  sideBySide?: SourceDiff;
  trans: ITranslate;
}): JSX.Element {
  const { before, after, trans } = props;
  return (
    <Group title={trans.__('Source')} className="jp-Torchprof-sourceChanges">
      <Changes {...props} before={before} after={after} />
    </Group>
  );
}

function Changes(
  props: React.ComponentProps<typeof SourceChanges>
): JSX.Element {
  const { before, after, sideBySide: SideBySide, trans } = props;
  const lines = React.useMemo(
    () => lineDiff(head(before.source), head(after.source)),
    [before.source, after.source]
  );
  // Where sources were left out of a document they are empty; their hashes stay.
  const isKnown = before.source !== '' && after.source !== '';
  if (before.source === after.source || !isKnown) {
    return (
      <p className="jp-Torchprof-muted">
        {before.source_hash === after.source_hash
          ? trans.__('Not changed.')
          : trans.__('Changed, but the sources are not part of this document.')}
      </p>
    );
  }
  return SideBySide ? (
    <SideBySide before={head(before.source)} after={head(after.source)} />
  ) : (
    <DiffLines lines={lines} trans={trans} />
  );
}

function head(source: string): string {
  return source.slice(0, CHARACTERS);
}
