import * as React from 'react';

import { clip } from './text';
import type { IDiffLine } from './diff';
import type { ITranslate } from '../state';

const SIGN = { same: ' ', removed: '−', added: '+' };
/** Lines shown at most. */
const SHOWN = 200;

/** A diff to read and to copy: signs stand in a column of their own and are not selected. */
export function DiffLines(props: {
  lines: readonly IDiffLine[];
  trans: ITranslate;
}): JSX.Element {
  const { lines, trans } = props;
  const names = {
    same: '',
    removed: trans.__('removed: '),
    added: trans.__('added: ')
  };
  return (
    <pre
      className="jp-Torchprof-diff"
      tabIndex={0}
      aria-label={trans.__('Changed lines')}
    >
      {lines.slice(0, SHOWN).map((line, index) => (
        <span
          key={index}
          className="jp-Torchprof-diffLine"
          data-kind={line.kind}
        >
          <span className="jp-Torchprof-diffSign" aria-hidden="true">
            {SIGN[line.kind]}
          </span>
          <span className="jp-Torchprof-visuallyHidden">
            {names[line.kind]}
          </span>
          <bdi>{clip(line.text, 500)}</bdi>
          {'\n'}
        </span>
      ))}
      {lines.length > SHOWN &&
        trans._n('%1 more line', '%1 more lines', lines.length - SHOWN)}
    </pre>
  );
}
